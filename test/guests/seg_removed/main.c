/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A segment register whose descriptor was taken away is loaded as null, and the guest goes on. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static const char *const names[] = {"es", "fs", "gs"};

static void read_selectors(uint32_t selectors[3])
{
	__asm__ volatile("movl %%es, %0\n\tmovl %%fs, %1\n\tmovl %%gs, %2"
			 : "=r"(selectors[0]), "=r"(selectors[1]), "=r"(selectors[2]));
}

void test_main(void)
{
	const struct descriptor bad[] = {
		{0, 0},                                       /* null */
		segment_make(0, 0xFFFFF, 0x12 | 3 << 5, 0xC), /* not present */
		segment_make(0, 0xFFFFF, 0x98, 0xC),          /* code that cannot be read */
		segment_make(0, 0xFFFFF, 0x82 | 3 << 5, 0xC), /* a system descriptor */
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		uint32_t now[3];

		segment_load(20, segment_flat(1, SEGMENT_DATA));
		__asm__ volatile("movl %0, %%es\n\tmovl %0, %%fs\n\tmovl %0, %%gs"
				 :
				 : "r"(20 << 3 | 1));
		hcall3(LHCALL_LOAD_GDT_ENTRY, 20, bad[i].low, bad[i].high);
		read_selectors(now);
		__asm__ volatile("movl %0, %%es" : : "r"(LGUEST_DS));
		for (unsigned s = 0; s < 3; s++)
			CHECK((now[s] & 0xFFFC) == 0, "case %u: %s is 0x%x", i, names[s], now[s]);
	}
}
