/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_TLS sets GDT entries 6-8, sanitised like any other descriptor. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static struct descriptor tls[3];

	tls[0] = segment_make(0x12345678, 0xFFF, 0xF2, 0x4);
	tls[1] = segment_make(0, 0xFFFFF, 0x92, 0xC);         /* DPL 0 */
	tls[2] = (struct descriptor){0x00611000, 0x0010EC00}; /* a call gate */
	segment_load_tls(tls);
	CHECK(segment_lsl(6 << 3 | 1) == 0xFFF, "entry 6: lsl 0x%x", segment_lsl(6 << 3 | 1));
	CHECK((segment_lar(6 << 3 | 1) >> 13 & 3) == 3, "entry 6: lar 0x%x",
	      segment_lar(6 << 3 | 1));
	CHECK((segment_lar(7 << 3 | 1) >> 13 & 3) == 1, "entry 7: lar 0x%x",
	      segment_lar(7 << 3 | 1));
	CHECK(!segment_lar(8 << 3 | 1), "entry 8, a call gate: lar 0x%x", segment_lar(8 << 3 | 1));
	memset(tls, 0, sizeof(tls));
	segment_load_tls(tls);
	for (unsigned i = 6; i <= 8; i++)
		CHECK(!segment_lar(i << 3 | 1), "entry %u is still there", i);
}
