# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks: bench/guests/* are built by guests/guests.mk, the bare PC's image here.
#
# Included by the top Makefile. bench/linux is for a Linux of yours and needs nothing built.

NATIVE_OBJS := $(addprefix $(O)/,bench/native/start.o bench/native/native.o bench/guests/ops/ops.o \
	guests/lib/format.o guests/lib/string.o)

$(O)/bench/native/%.o: bench/native/%.c | $(GUEST_OFFSETS)
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bench/native/%.o: bench/native/%.S | $(GUEST_OFFSETS)
	@mkdir -p $(@D)
	@$(if $(Q),echo "  AS      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bench/native.elf: $(NATIVE_OBJS) bench/native/native.ld
	@$(if $(Q),echo "  LD      $@",:)
	$(Q)$(GUEST_LD) -m elf_i386 -nostdlib -z noexecstack --no-warn-rwx-segments -z max-page-size=4096 --build-id=none \
		-T bench/native/native.ld -o $@ $(NATIVE_OBJS)

-include $(NATIVE_OBJS:.o=.d)

bench-build: all test-guests bench-guests $(O)/bench/native.elf

.PHONY: bench-build
