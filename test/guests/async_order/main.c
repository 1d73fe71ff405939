/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The async ring is drained in order before the synchronous call, from the host's cursor, past its
 * end. */
/* expect: success */
#include "test/guests/lib/test.h"

static void queue_limit(uint32_t pages)
{
	struct descriptor d = segment_make(0, pages, 0x92 | 3 << 5, 0x4);

	hcall_async(LHCALL_LOAD_GDT_ENTRY, 20, d.low, d.high, 0);
}

void test_main(void)
{
	/* Batches of every size, many times around the ring; each time the last one queued wins. */
	for (unsigned round = 1; round < 200; round++) {
		for (unsigned i = 0; i < round % LHCALL_RING_SIZE; i++)
			queue_limit(1000 * round + i);
		queue_limit(round);
		hcall0(LHCALL_FLUSH_ASYNC);
		CHECK(segment_lsl(20 << 3 | 1) == round, "round %u: limit 0x%x", round,
		      segment_lsl(20 << 3 | 1));
		for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
			CHECK(READ_ONCE(lguest_data.hcall_status[i]) == 0xFF,
			      "round %u: slot %u is not free", round, i);
	}
	/* The synchronous call comes after what was queued. */
	queue_limit(0x111);
	segment_load(20, segment_make(0, 0x222, 0x92 | 3 << 5, 0x4));
	CHECK(segment_lsl(20 << 3 | 1) == 0x222, "limit 0x%x", segment_lsl(20 << 3 | 1));
}
