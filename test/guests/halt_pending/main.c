/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HALT with an interrupt already pending returns at once: no wake-up is lost. */
/* expect: success */
/* alone: how long it sleeps is measured */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t never = 0;
	uint64_t start;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	for (unsigned i = 0; i < 20; i++) {
		clock_count = 0;
		irq_disable();
		clock_arm_ns(100000);
		wait_for(&never, 2);
		CHECK(!clock_count, "delivered while disabled");
		start = rdtsc();
		irq_halt();
		CHECK(clock_count == 1, "woke with %u interrupts", clock_count);
		CHECK(tsc_to_ns(rdtsc() - start) < 50 * NSEC_PER_MSEC, "slept %llu ns",
		      tsc_to_ns(rdtsc() - start));
	}
	/* The race itself: the interrupt comes somewhere around the call. */
	for (uint32_t ns = 1; ns < 60000; ns += 97) {
		clock_count = 0;
		irq_disable();
		clock_arm_ns(ns);
		irq_halt();
		CHECK(clock_count == 1, "%u ns: woke with %u interrupts", ns, clock_count);
	}
}
