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

.PHONY: all iso run debug test unit fuzz bench lint clean help setup check-setup guests test-guests
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# ---- the hypervisor ---------------------------------------------------------

WERROR ?= -Werror
CPPFLAGS := -I. -Iinclude -I$(O)/gen
CFLAGS := -m32 -march=i686 -std=gnu11 -O2 -g -ffreestanding -fno-pie -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
	-mgeneral-regs-only -fcf-protection=none \
	-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla $(WERROR)
LDFLAGS := -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -T linker.ld

SOURCES := $(sort $(wildcard boot/*.c boot/*.S arch/x86/*.c arch/x86/*.S core/*.c core/virtio/*.c drivers/*.c))
SOURCES := $(filter-out arch/x86/asm_offsets.c,$(SOURCES))
OBJECTS := $(addprefix $(O)/,$(addsuffix .o,$(SOURCES)))
KERNEL := $(O)/gatehouse.elf

all: check-setup $(KERNEL) guests

$(O)/gen/asm_offsets.h: arch/x86/asm_offsets.c
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d -S -o $@.s $<
	$(Q)sed -n 's/.*\.ascii "\(#define [A-Z_0-9]* \)[$$]\{0,1\}\([0-9]*\)\\n"/\1\2/p' $@.s > $@

$(O)/%.c.o: %.c
	@mkdir -p $(dir $@)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.S.o: %.S $(O)/gen/asm_offsets.h
	@mkdir -p $(dir $@)
	@$(if $(Q),echo "  AS      $<",:)
	$(Q)$(CC) $(CPPFLAGS) -m32 -fno-pie -MMD -MP -c -o $@ $<

# Linked twice: the second time with the names of the functions, for backtraces.
$(O)/gen/symbols0.S: tools/symbols.py
	@mkdir -p $(dir $@)
	$(Q)/usr/bin/python3 tools/symbols.py < /dev/null > $@

$(O)/gatehouse0.elf: $(OBJECTS) $(O)/gen/symbols0.S linker.ld
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJECTS) $(O)/gen/symbols0.S

$(O)/gen/symbols.S: $(O)/gatehouse0.elf tools/symbols.py
	$(Q)$(NM) -n $< | /usr/bin/python3 tools/symbols.py > $@

$(KERNEL): $(O)/gen/symbols.S
	@$(if $(Q),echo "  LD      $@",:)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJECTS) $(O)/gen/symbols.S

-include $(OBJECTS:.o=.d) $(O)/gen/asm_offsets.h.d

include guests/guests.mk
include test/test.mk
