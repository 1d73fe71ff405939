# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the guests: guests/<name>, for tests test/guests/<name>, and bench/guests/<name>, which measure.
#
# Included by the top Makefile from the root of the tree. Wants O (build
# directory), Q (@ or nothing), CC; gives the targets guests, test-guests and bench-guests.
#
# A guest is a folder with a main.c and whatever other .c and .S files it wants;
# no list names it. A comment in main.c, /* paging: ... */, says how it is linked:
#	linear	at its physical address, no page tables of its own (default)
#	2level	at 0xC0100000 with 2-level boot page tables
#	pae	the same with PAE ones
#	both	2level as <name>.elf and pae as <name>-pae.elf

GUEST_CC     ?= $(CC)
GUEST_LD     ?= ld
GUEST_CFLAGS := -m32 -std=gnu11 -O2 -g -ffreestanding -fno-pie -fno-pic -fno-stack-protector \
		-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-common -mno-mmx -mno-sse \
		-Wall -Wextra -Werror -I. -Iinclude -I$(O)/guests/lib -ffile-prefix-map=$(CURDIR)=.
GUEST_LDFLAGS := -m elf_i386 -nostdlib -z noexecstack -z max-page-size=4096 --build-id=none \
		 -u guest_entry

GUEST_OFFSETS := $(O)/guests/lib/guest-offsets.h
GUEST_LIB     := $(O)/guests/lib/libguest.a
TEST_LIB      := $(O)/test/guests/lib/libtest.a
GUEST_LD_SCRIPT := guests/lib/guest.ld

guest-mains := $(filter-out %/lib/main.c,$(wildcard guests/*/main.c test/guests/*/main.c bench/guests/*/main.c))
guest-dirs  := $(patsubst %/main.c,%,$(guest-mains))
guest-both  := $(patsubst %/main.c,%,$(shell grep -l '^/\* paging: both \*/' $(guest-mains) /dev/null))
guest-elfs  := $(patsubst %,$(O)/%.elf,$(guest-dirs)) $(patsubst %,$(O)/%-pae.elf,$(guest-both))
# The objects of the folder $1.
guest-objs = $(patsubst %.c,$(O)/%.o,$(wildcard $1/*.c)) $(patsubst %.S,$(O)/%.o,$(wildcard $1/*.S))

guest-lib-srcs := $(filter-out guests/lib/tables-% guests/lib/guest-offsets.c,\
		    $(wildcard guests/lib/*.c guests/lib/*.S))
guest-lib-objs := $(addprefix $(O)/,$(addsuffix .o,$(basename $(guest-lib-srcs))))
guest-tables   := $(patsubst %.S,$(O)/%.o,$(wildcard guests/lib/tables-*.S))
test-lib-objs  := $(patsubst %.c,$(O)/%.o,$(wildcard test/guests/lib/*.c))
guest-all-objs := $(guest-lib-objs) $(guest-tables) $(test-lib-objs) \
		  $(foreach d,$(guest-dirs),$(call guest-objs,$d))

.PHONY: guests test-guests bench-guests
guests: $(filter $(O)/guests/%,$(guest-elfs))
test-guests: bench-guests $(filter $(O)/test/guests/%,$(guest-elfs))
bench-guests: $(filter $(O)/bench/guests/%,$(guest-elfs))

$(GUEST_OFFSETS): guests/lib/guest-offsets.c guests/lib/trap.h include/gatehouse/lguest.h
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -S -o - $< | \
		sed -n 's/.*\.ascii[[:space:]]*"\(#define [A-Z_0-9]* [0-9]*\)\\n"/\1/p' > $@.tmp
	$(Q)mv $@.tmp $@

$(filter $(O)/guests/% $(O)/test/guests/% $(O)/bench/guests/%,$(guest-all-objs)): | $(GUEST_OFFSETS)

$(O)/guests/%.o: guests/%.c
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/guests/%.o: guests/%.S
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/test/guests/%.o: test/guests/%.c
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/test/guests/%.o: test/guests/%.S
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bench/guests/%.o: bench/guests/%.c
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC      $<",:)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(GUEST_LIB): $(guest-lib-objs)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(TEST_LIB): $(test-lib-objs)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# $1 = folder, $2 = suffix of the name, $3 = paging if main.c says both
define guest-rule
$(O)/$1$2.elf: $$(call guest-objs,$1) $(if $(filter test/%,$1),$(TEST_LIB)) $(GUEST_LIB) \
		$(guest-tables) $(GUEST_LD_SCRIPT) $1/main.c
	@$(if $(Q),echo "  LD      $$@",:)
	$$(Q)paging=$$$$(sed -n 's|^/\* paging: \([a-z0-9]*\) \*/.*|\1|p' $1/main.c); \
	[ "$$$$paging" = both ] && paging=$3; paging=$$$${paging:-linear}; \
	[ $$$$paging = linear ] && offset=0 || offset=0xC0000000; \
	$(GUEST_LD) $(GUEST_LDFLAGS) --defsym guest_link_offset=$$$$offset -T $(GUEST_LD_SCRIPT) \
		-o $$@ $$(call guest-objs,$1) $(O)/guests/lib/tables-$$$$paging.o \
		--start-group $(if $(filter test/%,$1),$(TEST_LIB)) $(GUEST_LIB) --end-group
endef
$(foreach d,$(guest-dirs),$(eval $(call guest-rule,$d,,2level)))
$(foreach d,$(guest-both),$(eval $(call guest-rule,$d,-pae,pae)))

-include $(guest-all-objs:.o=.d)
