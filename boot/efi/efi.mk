# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the EFI loader: $(O)/efi/BOOTIA32.EFI and BOOTX64.EFI, with gnu-efi.
#
# Included by the top Makefile. Wants O (build directory), Q (@ or nothing), CC; gives efi.

EFI_SOURCES := $(wildcard boot/efi/*.c) boot/efi/handoff.S core/string.c core/format.c
EFI_CFLAGS := -std=gnu11 -Os -ffreestanding -fpic -fshort-wchar -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none \
	-mno-red-zone -mgeneral-regs-only -DGNU_EFI_USE_MS_ABI -I. -Iinclude \
	-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla $(WERROR)
EFI_LDFLAGS := -nostdlib -shared -Bsymbolic -znocombreloc -znoexecstack --build-id=none --no-undefined

efi-name-ia32   := BOOTIA32
efi-name-x86_64 := BOOTX64
efi-cflags-ia32   := -m32 -march=i686 -DLOADER_BITS='"32"'
efi-cflags-x86_64 := -m64 -DLOADER_BITS='"64"'
efi-lib-ia32   := /usr/lib32
efi-lib-x86_64 := /usr/lib
efi-ld-ia32   := -m elf_i386
efi-ld-x86_64 := -m elf_x86_64

EFI_PROGRAMS := $(O)/efi/BOOTIA32.EFI $(O)/efi/BOOTX64.EFI

.PHONY: efi
efi: $(EFI_PROGRAMS)

$(O)/efi/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(EFI_CFLAGS) $(EFI_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(EFI_CFLAGS) $(EFI_LDFLAGS)' > $@

# $1 = ia32 or x86_64. The objects of the firmware's format hold no time: the linker's are 0.
define efi-rules
efi-objs-$1 := $(EFI_SOURCES:%=$(O)/efi/$1/%.o)

$(O)/efi/$1/%.o: % $(O)/efi/flags boot/efi/efi.mk
	@mkdir -p $$(@D)
	@$$(if $$(Q),echo "  CC      $$< ($1)",:)
	$$(Q)$$(CC) $$(EFI_CFLAGS) $(efi-cflags-$1) -MMD -MP -c -o $$@ $$<

$(O)/efi/$1/loader.so: $$(efi-objs-$1)
	$$(Q)ld $(efi-ld-$1) $$(EFI_LDFLAGS) -T $(efi-lib-$1)/elf_$1_efi.lds -o $$@ \
		$(efi-lib-$1)/crt0-efi-$1.o $$^ $(efi-lib-$1)/libgnuefi.a

$(O)/efi/$(efi-name-$1).EFI: $(O)/efi/$1/loader.so
	@$$(if $$(Q),echo "  EFI     $$@",:)
	$$(Q)objcopy -j .text -j .sdata -j .data -j .dynamic -j .dynsym -j '.rel*' -j .reloc \
		--target=efi-app-$1 --subsystem=10 $$< $$@

-include $$(efi-objs-$1:.o=.d)
endef
$(foreach a,ia32 x86_64,$(eval $(call efi-rules,$a)))
