/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers, selectors, flags and boot parameters are as the boot protocol says. */
/* expect: success */
/* cmdline: one two=2 */
#include "test/guests/lib/test.h"

#define E820_RAM 1

struct boot_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint32_t cs, ds, es, ss, fs, gs, eflags;
};

extern struct boot_regs boot_regs;

static const uint8_t *param(uint32_t offset)
{
	return phys_to_virt(offset);
}

void test_main(void)
{
	const struct boot_regs *r = &boot_regs;
	uint32_t cmdline;

	CHECK(!(r->eax | r->ebx | r->ecx | r->edx | r->esi | r->edi | r->ebp),
	      "registers not 0: %x %x %x %x %x %x %x", r->eax, r->ebx, r->ecx, r->edx, r->esi,
	      r->edi, r->ebp);
	CHECK(r->cs == LGUEST_CS && r->ds == LGUEST_DS && r->es == LGUEST_DS && r->ss == LGUEST_DS,
	      "cs %x ds %x es %x ss %x", r->cs, r->ds, r->es, r->ss);
	CHECK(r->fs == 0 && r->gs == 0, "fs %x gs %x", r->fs, r->gs);
	CHECK(r->eflags == 0x202, "eflags 0x%x", r->eflags);
	CHECK(*param(0x1E8) == 1, "%u e820 entries", *param(0x1E8));
	CHECK(*(const uint64_t *)param(0x2D0) == 0, "e820 starts at 0x%llx",
	      *(const uint64_t *)param(0x2D0));
	CHECK(*(const uint32_t *)param(0x2E0) == E820_RAM, "e820 type %u",
	      *(const uint32_t *)param(0x2E0));
	CHECK(!(boot_ram_bytes() % PAGE_SIZE) && boot_ram_bytes(), "RAM is 0x%x bytes",
	      boot_ram_bytes());
	cmdline = *(const uint32_t *)param(0x228);
	CHECK(cmdline >= 0x1000 && cmdline < 0x100000, "the command line is at 0x%x", cmdline);
	CHECK(!strcmp(boot_cmdline(), "one two=2"), "command line \"%s\"", boot_cmdline());
	CHECK(boot_has_word("one") && !boot_has_word("tw") && boot_number("two", 0) == 2, "words");
	CHECK(*(const uint16_t *)param(0x206) >= 0x207, "boot protocol 0x%x",
	      *(const uint16_t *)param(0x206));
	CHECK(*(const uint32_t *)param(0x23C) == 1, "hardware_subarch %u",
	      *(const uint32_t *)param(0x23C));
	CHECK(*param(0x211) & 0x40, "loadflags 0x%x", *param(0x211));
	CHECK(*param(0x210) == 0xFF, "type_of_loader 0x%x", *param(0x210));
}
