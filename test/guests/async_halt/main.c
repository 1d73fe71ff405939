/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HALT in the ring sleeps like any other HALT; what follows it in the ring is not lost. */
/* guest-line: tsc=on */
/* expect: success or dead "(?i)halt|ring" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	struct descriptor d = segment_make(0, 0x111, 0x92 | 3 << 5, 0x4);

	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_disable();
	hcall_async(LHCALL_SET_CLOCKEVENT, NSEC_PER_MSEC, 0, 0, 0);
	hcall_async(LHCALL_HALT, 0, 0, 0, 0);
	hcall_async(LHCALL_LOAD_GDT_ENTRY, 20, d.low, d.high, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(clock_count == 1, "%u interrupts", clock_count);
	irq_disable();
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(segment_lsl(20 << 3 | 1) == 0x111, "the call behind HALT was lost");
}
