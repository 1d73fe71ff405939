/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts, a long sleep and GH_WATCHDOG each keep the watchdog from biting. */
/* paging: 2level */
/* expect: success */
/* guest-line: tsc=on watchdog=200 */
/* bystander: spin_alone */
/* cases: 3 */
#include "test/guests/lib/test.h"

#define RUN_NS (900 * (uint64_t)NSEC_PER_MSEC)

static bool tick(struct regs *r)
{
	(void)r;
	clock_arm_ns(50 * NSEC_PER_MSEC);
	return true;
}

static void calls_with_interrupts_off(uint64_t until)
{
	irq_disable();
	while (rdtsc() < until) {
		uint32_t ms = hcall0(LHCALL_GH_WATCHDOG);

		CHECK(ms == 200, "GH_WATCHDOG returned %u, not 200", ms);
		delay_ns(50 * NSEC_PER_MSEC);
	}
}

void test_main(void)
{
	uint64_t until;

	need_tsc();
	until = rdtsc() + tsc_from_ns(RUN_NS);
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	switch (test_case()) {
	case 0:
		irq_enable();
		clock_arm_ns(50 * NSEC_PER_MSEC);
		delay_ns(RUN_NS);
		break;
	case 1:
		clock_arm_ns((uint32_t)RUN_NS);
		irq_halt();
		CHECK(rdtsc() >= until, "awake too early");
		break;
	default:
		calls_with_interrupts_off(until);
	}
}
