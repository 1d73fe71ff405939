/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A full ring: 64 calls queued, all of them carried out. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++) {
		/* Entries 20 to 27, each written eight times. */
		struct descriptor d = segment_make(0, 0x100 + i, 0x92 | 3 << 5, 0x4);

		hcall_async(LHCALL_LOAD_GDT_ENTRY, 20 + i % 8, d.low, d.high, 0);
	}
	CHECK(READ_ONCE(lguest_data.hcall_status[63]) == 0, "slot 63 was taken early");
	hcall0(LHCALL_FLUSH_ASYNC);
	for (unsigned i = 0; i < 8; i++)
		CHECK(segment_lsl((20 + i) << 3 | 1) == 0x100 + 56 + i, "entry %u: limit 0x%x",
		      20 + i, segment_lsl((20 + i) << 3 | 1));
}
