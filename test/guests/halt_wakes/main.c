/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HALT sleeps until the interrupt and enables interrupts on waking. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint64_t start;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	for (unsigned i = 0; i < 20; i++) {
		clock_count = 0;
		irq_disable();
		start = rdtsc();
		clock_arm_ns(2 * NSEC_PER_MSEC);
		irq_halt();
		CHECK(clock_count == 1, "woke with %u interrupts", clock_count);
		CHECK(READ_ONCE(lguest_data.irq_enabled) & X86_EFLAGS_IF,
		      "irq_enabled 0x%x after HALT", READ_ONCE(lguest_data.irq_enabled));
		CHECK(tsc_to_ns(rdtsc() - start) >= 1900000, "woke after %llu ns",
		      tsc_to_ns(rdtsc() - start));
	}
}
