/* SPDX-License-Identifier: GPL-2.0-or-later */
/* irq_pending is set exactly while an interrupt is due and held back by irq_enabled. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t never = 0;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	for (unsigned i = 0; i < 50; i++) {
		clock_count = 0;
		irq_disable();
		CHECK(READ_ONCE(lguest_data.irq_pending) == 0,
		      "round %u: irq_pending 0x%x at first", i, READ_ONCE(lguest_data.irq_pending));
		clock_arm_ns(100000);
		CHECK(wait_for(&lguest_data.irq_pending, 100), "irq_pending is never set");
		CHECK(READ_ONCE(lguest_data.irq_pending) == X86_EFLAGS_IF, "irq_pending 0x%x",
		      READ_ONCE(lguest_data.irq_pending));
		CHECK(!clock_count, "delivered while disabled");
		irq_enable();
		CHECK(clock_count == 1, "%u interrupts after enabling", clock_count);
		CHECK(READ_ONCE(lguest_data.irq_pending) == 0, "irq_pending 0x%x after delivery",
		      READ_ONCE(lguest_data.irq_pending));
	}
	/* An interrupt that is blocked is not deliverable, so nothing is pending. */
	clock_count = 0;
	irq_disable();
	irq_block(IRQ_CLOCK);
	clock_arm_ns(100000);
	wait_for(&never, 5);
	hcall0(LHCALL_SEND_INTERRUPTS);
	CHECK(READ_ONCE(lguest_data.irq_pending) == 0, "irq_pending 0x%x for a blocked interrupt",
	      READ_ONCE(lguest_data.irq_pending));
	irq_unblock(IRQ_CLOCK);
	irq_enable();
	hcall0(LHCALL_SEND_INTERRUPTS);
	CHECK(clock_count == 1, "%u interrupts after unblocking", clock_count);
}
