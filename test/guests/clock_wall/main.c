/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lguest_data.time is refreshed on delivery and keeps pace with the TSC; it is a plausible date. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint64_t wall, tsc, wall_took, tsc_took, gap;

	need_tsc();
	/* 2009 to 2100. */
	CHECK(READ_ONCE(lguest_data.time_sec) > 1230768000u &&
		      READ_ONCE(lguest_data.time_sec) < 4102444800u,
	      "%u seconds since 1970", READ_ONCE(lguest_data.time_sec));
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	clock_arm_ns(1000);
	irq_disable();
	irq_halt();
	wall = wall_time_ns();
	tsc = rdtsc();
	for (unsigned i = 0; i < 5; i++) {
		clock_count = 0;
		irq_disable();
		clock_arm_ns(50 * NSEC_PER_MSEC);
		while (!clock_count) {
			irq_disable();
			irq_halt();
		}
		CHECK(READ_ONCE(lguest_data.time_nsec) < NSEC_PER_SEC, "time_nsec %u",
		      READ_ONCE(lguest_data.time_nsec));
		wall_took = wall_time_ns() - wall;
		tsc_took = tsc_to_ns(rdtsc() - tsc);
		gap = wall_took > tsc_took ? wall_took - tsc_took : tsc_took - wall_took;
		CHECK(gap < 20 * NSEC_PER_MSEC, "after %llu ns by the TSC time moved %llu ns",
		      tsc_took, wall_took);
	}
}
