# SPDX-License-Identifier: GPL-2.0-or-later
# Gatehouse: `make run` shows it, `make test` proves it, `make help` lists the rest.
#
# O=DIR builds elsewhere, V=1 shows commands, CC=clang uses clang.

O ?= build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
ifeq ($(origin CC),default)
CC := gcc
endif
NM ?= nm
STRIP ?= strip
PYTHON := /usr/bin/python3
QEMU ?= qemu-system-i386

# As many jobs as there are processors, unless told otherwise.
JOBS := $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))
MAKEFLAGS += $(JOBS)

.PHONY: all iso run debug test bench soak unit tools-test fuzz fuzz-smoke lint coverage mutate clean help setup FORCE
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# ---- tools ------------------------------------------------------------------

# The packages that what is asked for needs, before anything else is looked at.
needs-efi := efi
needs-iso := run
needs-run := run
needs-debug := run
needs-bench := run
needs-soak := efi run
needs-test := efi run test
needs-unit := test
needs-unit-build := test
needs-coverage := test
needs-mutate := run test
needs-fuzz := test
needs-fuzz-smoke := test
needs-fuzz-build := test
needs-lint := test
needs-tools-test := run test
needs-setup := efi run debug test

GOALS := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out clean help,$(GOALS)),)
NEEDS := $(sort build $(foreach goal,$(GOALS),$(needs-$(goal))) $(if $(filter clang%,$(CC)),clang))
SETUP := $(shell tools/setup $(NEEDS) >&2 || echo failed)
ifneq ($(SETUP),)
$(error packages are missing, see above)
endif
endif

setup:
	@echo "Everything needed is installed."

# ---- the hypervisor ---------------------------------------------------------

WERROR ?= -Werror
CPPFLAGS := -I. -Iinclude -I$(O)/gen
CFLAGS := -m32 -march=i486 -mtune=i686 -std=gnu11 -O2 -g -ffreestanding -fno-pie -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
	-mgeneral-regs-only -mregparm=3 -fcf-protection=none \
	-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla $(WERROR)
# Nothing of the folder it is built in gets into what is built.
CFLAGS += -ffile-prefix-map=$(CURDIR)=.
LDFLAGS := -m32 -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -T linker.ld

SOURCES := $(sort $(wildcard boot/*.c boot/*.S arch/x86/*.c arch/x86/*.S core/*.c core/virtio/*.c drivers/*.c))
SOURCES := $(filter-out arch/x86/asm_offsets.c,$(SOURCES))
OBJECTS := $(addprefix $(O)/,$(addsuffix .o,$(SOURCES)))
HYPERVISOR := $(O)/gatehouse.elf

all: $(HYPERVISOR) guests $(O)/gatehouse-check $(O)/stripped/gatehouse.elf

# Changes when the compiler or its options do; all objects depend on it.
$(O)/gen/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' > $@

$(O)/gen/asm_offsets.h: arch/x86/asm_offsets.c $(O)/gen/flags
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d -S -o $@.s $<
	$(Q)sed -n 's/.*\.ascii[^"]*"\(#define [A-Z_0-9]* \)[$$]\{0,1\}\(-\{0,1\}[0-9]*\)\\n"/\1\2/p' $@.s > $@

$(O)/%.c.o: %.c $(O)/gen/flags
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.S.o: %.S $(O)/gen/asm_offsets.h $(O)/gen/flags
	@mkdir -p $(@D)
	@$(if $(Q),echo "  AS      $<",:)
	$(Q)$(CC) $(CPPFLAGS) -m32 -fno-pie -MMD -MP -c -o $@ $<

# Linked twice: the second time with the names of the functions, for backtraces.
$(O)/gen/symbols0.S: tools/symbols.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/symbols.py < /dev/null > $@

$(O)/gatehouse0.elf: $(OBJECTS) $(O)/gen/symbols0.S linker.ld
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJECTS) $(O)/gen/symbols0.S

$(O)/gen/symbols.S: $(O)/gatehouse0.elf tools/symbols.py
	$(Q)$(NM) -n $< | $(PYTHON) tools/symbols.py > $@

$(HYPERVISOR): $(O)/gen/symbols.S
	@$(if $(Q),echo "  LD      $@",:)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJECTS) $(O)/gen/symbols.S

-include $(OBJECTS:.o=.d) $(O)/gen/asm_offsets.h.d

include boot/efi/efi.mk
include guests/guests.mk
include test/test.mk
include bench/bench.mk

$(guest-all-objs) $(GUEST_OFFSETS): $(O)/gen/flags

# What tools/gatehouse-image asks: the hypervisor's own judgement, on this machine.
CHECK_SOURCES := tools/image/check.c core/config.c core/config_values.c core/options.c core/trace_words.c \
	core/frames.c core/image.c core/image_elf.c core/image_bzimage.c core/boot_params.c

$(O)/gatehouse-check: $(CHECK_SOURCES) $(O)/gen/flags
	@$(if $(Q),echo "  CC      $@",:)
	$(Q)$(CC) -std=gnu11 -O1 -Wall -Wextra $(WERROR) $(CPPFLAGS) -MMD -MP -MT $@ -MF $(O)/gen/check.d \
		-o $@ $(CHECK_SOURCES)

-include $(O)/gen/check.d

# ---- the bootable image -----------------------------------------------------

ISO := $(O)/gatehouse.iso
# Loaders for UEFI that are to be used instead of GRUB, such as $(O)/efi/BOOTX64.EFI.
ISO_EFI ?=
ISO_MENU := tools/iso/grub.cfg
# What the menu loads: /boot/tests/x.elf is the test guest x, /boot/x.elf the guest x, and
# /boot/x.img an image made here.
ISO_NAMES := $(sort $(shell sed -n 's,^[[:space:]]*module2 /boot/\([^ ]*\).*,\1,p' $(ISO_MENU)))
ISO_TESTS := $(filter tests/%,$(ISO_NAMES))
ISO_IMAGES := $(filter %.img,$(ISO_NAMES))
ISO_FILES := $(addprefix $(O)/run/,$(ISO_IMAGES)) $(O)/stripped/gatehouse.elf \
	$(addprefix $(O)/stripped/guests/,$(filter-out tests/% $(ISO_IMAGES),$(ISO_NAMES))) \
	$(foreach t,$(ISO_TESTS),$(O)/stripped/test/guests/$(notdir $t)=$t)

iso: $(ISO)

# Nobody debugs from a CD: symbols and lines would be most of it.
$(O)/stripped/%: $(O)/%
	@mkdir -p $(@D)
	$(Q)$(STRIP) -o $@ $<

$(ISO): tools/iso/make_iso.py $(ISO_MENU) $(ISO_EFI) $(foreach f,$(ISO_FILES),$(firstword $(subst =, ,$f)))
	@$(if $(Q),echo "  ISO     $@",:)
	$(Q)tools/iso/make_iso.py $(ISO_EFI:%=--own-efi %) $@ $(ISO_MENU) $(ISO_FILES)

# KERNEL=file [INITRD=file] [CMDLINE='words'] [MEM=64M] [GUEST='words'] [WORDS='words']: an image
# with that guest alone. Made anew each time. DISK=file: the machine's disk.
KERNEL ?=
INITRD ?=
CMDLINE ?=
MEM ?= 64M
GUEST ?=
WORDS ?=
DISK ?=
RUN_ISO := $(O)/run/$(if $(KERNEL),own,demo).iso
OWN_DISK := $(O)/run/disk.img
RUN_DISK := $(or $(DISK),$(OWN_DISK))

# The same menu, but the second entry is taken when no key is pressed.
$(O)/run/demo.cfg: $(ISO_MENU)
	@mkdir -p $(@D)
	$(Q)sed 's/^set default=0/set default=1/' $< > $@

$(O)/run/demo.iso: $(ISO) $(O)/run/demo.cfg
	$(Q)tools/iso/make_iso.py $@ $(O)/run/demo.cfg $(ISO_FILES)

QEMU_MEMORY ?= 256

$(O)/run/own.iso: all FORCE
	@mkdir -p $(@D)
	$(Q)tools/gatehouse-image --build $(O) -o $@ --ram $(QEMU_MEMORY)M --words '$(WORDS)' \
		--guest '"$(KERNEL)" name=own mem=$(MEM) $(GUEST) -- $(CMDLINE)' \
		$(if $(INITRD),--initrd '"$(INITRD)"')

# A disk without anything on it. OWN_DISK is kept from run to run.
$(OWN_DISK) $(O)/run/empty.img:
	@mkdir -p $(@D)
	$(Q)head -c 1M /dev/zero > $@

# ---- running ----------------------------------------------------------------

RUN_QEMU = $(QEMU) -m $(QEMU_MEMORY) -nic none -display none -no-reboot -boot d -cdrom $(RUN_ISO) \
	-drive file=$(RUN_DISK),format=raw $(QEMU_FLAGS)

run: $(RUN_ISO) $(RUN_DISK)
	@echo "To leave: Ctrl-A, then x. Gatehouse's own key is Ctrl-]: then 1 to 9 or n gives the"
	@echo "keyboard to another guest, m is the monitor (help), ? lists the keys."
	$(Q)$(RUN_QEMU) -serial mon:stdio

debug: $(RUN_ISO) $(RUN_DISK)
	$(Q)tools/debug $(O) $(RUN_QEMU)

# ---- proving ----------------------------------------------------------------

test: all efi iso test-guests unit-build fuzz-build
	$(Q)$(PYTHON) test/run_all.py --out $(O) lint unit tools fuzz boot

lint:
	$(Q)tools/lint/lint.py --out $(O)/lint

# BOUNDS=update records what single operations may cost at most, which `make test` checks;
# DOCS=update writes docs/performance.md's tables anew.
BOUNDS ?=
DOCS ?=
bench: bench-build
ifneq ($(BOUNDS),)
	$(Q)bench/run_bench.py --out $(O)/bench --bounds $(BOUNDS)
else
	$(Q)for part in bench where guests scale; do bench/run_$$part.py --out $(O)/bench && echo || exit 1; done
	$(Q)$(if $(DOCS),bench/document.py $(O)/bench)
endif

tools-test: all
	$(Q)test/run_tools.py --out $(O)/tools

# The tests that depend on timing or chance, again and again.
SOAK_ROUNDS ?= 20
soak: all efi iso test-guests
	$(Q)for round in $$(seq $(SOAK_ROUNDS)); do \
		echo "round $$round of $(SOAK_ROUNDS)"; \
		test/boot/run_boot.py --out $(O)/boot || exit 1; \
		test/fuzz_guests.py --build $(O) --on tcg --seed $$((round * 100)) --hours 0.5 || exit 1; \
		test/fuzz_guests.py --build $(O) --on bochs --seed $$((round * 100)) --hours 0.5 || exit 1; \
	done

clean:
	$(Q)rm -rf $(O)

help:
	@echo "make            the hypervisor and its guests, in $(O)/"
	@echo "make run        boots the demonstration in QEMU, on this terminal"
	@echo "make run KERNEL=file [INITRD=file] [CMDLINE='words'] [MEM=64M]"
	@echo "                the same with a guest of your own instead"
	@echo "make efi        $(O)/efi/BOOTIA32.EFI and BOOTX64.EFI, which start it on UEFI without GRUB"
	@echo "make iso        $(ISO), bootable from CD or USB stick"
	@echo "make debug      boots it stopped, with gdb attached; KERNEL= works here, too"
	@echo "make test       everything below; ends in the line N passed, N failed"
	@echo "  make lint       checks of the source"
	@echo "  make unit       unit tests, built for this machine by gcc and clang with sanitizers"
	@echo "  make tools-test tests of what runs on the developer's machine"
	@echo "  make fuzz-smoke a short run of the fuzzers"
	@echo "                  boot tests: test/boot/run_boot.py --list, and by name"
	@echo "make fuzz       the fuzzers for FUZZ_SECONDS=3600"
	@echo "make coverage   what unit tests and fuzz seeds execute; table and $(O)/coverage/html/"
	@echo "make mutate     breaks each guard of the isolation and sees a test fail; MUTANTS='I3* device/*'"
	@echo "make bench      what operations, switches and many guests cost: tables, and charts in $(O)/bench"
	@echo "make bench BOUNDS=update"
	@echo "                records what operations may cost at most, which make test checks"
	@echo "make bench DOCS=update"
	@echo "                writes the tables of docs/performance.md anew"
	@echo "make soak       all boot tests and an hour of guest fuzzing, SOAK_ROUNDS=20 times"
	@echo "make setup      installs all Debian packages that any of these needs"
	@echo "make clean      removes $(O)/"
	@echo
	@echo "O=DIR builds elsewhere, V=1 shows commands, CC=clang uses clang, -j1 runs one job at a time."
	@echo "QEMU=..., QEMU_FLAGS=... and QEMU_MEMORY=256 (MiB) say what run and debug start."
