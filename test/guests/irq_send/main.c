/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SEND_INTERRUPTS delivers at once what is pending, and nothing while interrupts are off. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	for (unsigned i = 0; i < 50; i++) {
		clock_count = 0;
		irq_disable();
		clock_arm_ns(50000);
		CHECK(wait_for(&lguest_data.irq_pending, 100), "irq_pending is never set");
		hcall0(LHCALL_SEND_INTERRUPTS);
		CHECK(!clock_count, "delivered while disabled");
		WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
		hcall0(LHCALL_SEND_INTERRUPTS);
		CHECK(clock_count == 1, "%u interrupts after SEND_INTERRUPTS", clock_count);
		hcall0(LHCALL_SEND_INTERRUPTS);
		CHECK(clock_count == 1, "delivered twice");
	}
	irq_disable();
}
