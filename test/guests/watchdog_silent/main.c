/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watchdog bites a guest that loops with interrupts off, or no longer makes its call. */
/* paging: 2level */
/* expect: dead "watchdog: (not fed by its call|no interrupt taken.*) for 2\d\d ms, .*eip 0x" */
/* guest-line: watchdog=200 */
/* bystander: clock */
/* cases: 4 */
#include "test/guests/lib/test.h"

static bool tick(struct regs *r)
{
	(void)r;
	clock_arm_ns(50 * NSEC_PER_MSEC);
	return true;
}

void test_main(void)
{
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	clock_arm_ns(50 * NSEC_PER_MSEC);
	switch (test_case()) {
	case 0: /* an interrupt is pending, and never taken */
		irq_disable();
		break;
	case 1: /* interrupts are on, and all are blocked */
		WRITE_ONCE(lguest_data.blocked_interrupts, ~0u);
		irq_enable();
		break;
	case 2: /* one call, and from then on interrupts alone are not enough */
		CHECK(hcall0(LHCALL_GH_WATCHDOG) == 200, "GH_WATCHDOG");
		irq_enable();
		break;
	default: /* nor is sleep */
		CHECK(hcall0(LHCALL_GH_WATCHDOG) == 200, "GH_WATCHDOG");
		clock_arm_ns(0);
		irq_halt();
	}
	for (;;)
		barrier();
}
