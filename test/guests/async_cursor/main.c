/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host stops at the first free slot: what lies behind a gap waits. */
/* expect: success */
#include "test/guests/lib/test.h"

static void fill(unsigned slot, uint32_t limit)
{
	struct descriptor d = segment_make(0, limit, 0x92 | 3 << 5, 0x4);

	lguest_data.hcalls[slot] =
		(struct lguest_hcall_args){LHCALL_LOAD_GDT_ENTRY, 20, d.low, d.high, 0};
	barrier();
	WRITE_ONCE(lguest_data.hcall_status[slot], 0);
}

void test_main(void)
{
	fill(1, 0x111);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(READ_ONCE(lguest_data.hcall_status[1]) == 0, "the slot behind the gap was taken");
	CHECK(!segment_lar(20 << 3 | 1), "the call behind the gap was carried out");
	fill(0, 0x222);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(READ_ONCE(lguest_data.hcall_status[0]) == 0xFF &&
		      READ_ONCE(lguest_data.hcall_status[1]) == 0xFF,
	      "slots not freed");
	CHECK(segment_lsl(20 << 3 | 1) == 0x111, "limit 0x%x", segment_lsl(20 << 3 | 1));
	/* The cursor stands at 2 now. */
	fill(0, 0x333);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(READ_ONCE(lguest_data.hcall_status[0]) == 0, "the host looked behind its cursor");
	fill(2, 0x444);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(segment_lsl(20 << 3 | 1) == 0x444, "limit 0x%x", segment_lsl(20 << 3 | 1));
}
