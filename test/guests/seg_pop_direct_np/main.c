/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trap gates for #TS, #NP and #SS do not disturb the reload of a segment that is gone. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define ENTRY 20

void test_main(void)
{
	struct descriptor d = segment_make(0, 0x111, 0x92 | 1 << 5, 0x4);
	uint32_t gs;

	for (unsigned vector = 10; vector <= 12; vector++)
		trap_gate(vector, GATE_TRAP, 0);
	hcall3(LHCALL_LOAD_GDT_ENTRY, ENTRY, d.low, d.high);
	__asm__ volatile("movl %0, %%gs" : : "r"(ENTRY << 3 | 1));
	hcall3(LHCALL_LOAD_GDT_ENTRY, ENTRY, d.low, d.high & ~0x8000u);
	__asm__ volatile("movl %%gs, %0" : "=r"(gs));
	CHECK((gs & 0xFFFF) == 0, "gs is 0x%x", gs);
}
