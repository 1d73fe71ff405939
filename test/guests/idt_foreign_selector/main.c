/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gate's own selector is not used: the handler runs with the guest kernel's cs. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static volatile uint32_t seen_cs;

static bool note_cs(struct regs *r)
{
	uint32_t cs;

	(void)r;
	__asm__("movl %%cs, %0" : "=r"(cs));
	seen_cs = cs;
	return true;
}

extern const uint32_t trap_stubs[256];

void test_main(void)
{
	static const uint16_t selectors[] = {0, 0x50, 0x52, 0x10, 0x63, 0xFFFF};

	trap_handle(0x80, note_cs);
	for (unsigned i = 0; i < ARRAY_SIZE(selectors); i++) {
		seen_cs = 0;
		hcall3(LHCALL_LOAD_IDT_ENTRY, 0x80,
		       (uint32_t)selectors[i] << 16 | (trap_stubs[0x80] & 0xFFFF),
		       (trap_stubs[0x80] & 0xFFFF0000) | 0xEF00);
		__asm__ volatile("int $0x80" : : : "memory");
		CHECK(seen_cs == LGUEST_CS, "selector 0x%x: cs 0x%x in the handler", selectors[i],
		      seen_cs);
	}
}
