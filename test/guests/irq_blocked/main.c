/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blocked_interrupts holds an interrupt back; unblocked, it comes without a hypercall. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t never = 0;
	uint64_t start;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_enable();
	for (unsigned i = 0; i < 20; i++) {
		clock_count = 0;
		irq_block(IRQ_CLOCK);
		clock_arm_ns(100000);
		wait_for(&never, 3);
		hcall0(LHCALL_SEND_INTERRUPTS);
		CHECK(!clock_count, "a blocked interrupt was delivered");
		start = rdtsc();
		irq_unblock(IRQ_CLOCK);
		CHECK(wait_for(&clock_count, 100), "lost after unblocking");
		CHECK(tsc_to_ns(clock_tsc - start) < 20 * NSEC_PER_MSEC, "%llu ns late",
		      tsc_to_ns(clock_tsc - start));
	}
}
