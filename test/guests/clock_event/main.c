/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_CLOCKEVENT: one shot; 0 stops it; a new one replaces the old; not early; very short and long
 * ones. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

static void expect_after(uint32_t ns, uint32_t late_ns)
{
	uint64_t start, took;

	clock_count = 0;
	start = rdtsc();
	clock_arm_ns(ns);
	CHECK(wait_for(&clock_count, ns / NSEC_PER_MSEC + 100), "%u ns: no interrupt", ns);
	took = tsc_to_ns(clock_tsc - start);
	/* A microsecond for the rounding of tsc_khz over long times. */
	CHECK(took + ns / 1000 + 1000 >= ns, "%u ns: early, after %llu ns", ns, took);
	CHECK(took <= (uint64_t)ns + late_ns + ns / 500, "%u ns: late, after %llu ns", ns, took);
}

void test_main(void)
{
	uint32_t never = 0;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_enable();
	expect_after(1, 200000);
	expect_after(1000, 200000);
	expect_after(100000, 200000);
	expect_after(10 * NSEC_PER_MSEC, 200000);
	/* One shot. */
	CHECK(!wait_for(&never, 30) && clock_count == 1, "%u interrupts from one", clock_count);
	/* Stopped. */
	clock_count = 0;
	clock_arm_ns(5 * NSEC_PER_MSEC);
	clock_arm_ns(0);
	CHECK(!wait_for(&clock_count, 20), "an interrupt after it was stopped");
	/* Replaced, by an earlier and by a later one. */
	clock_arm_ns(0xFFFFFFFF);
	expect_after(2 * NSEC_PER_MSEC, 200000);
	clock_arm_ns(1 * NSEC_PER_MSEC);
	expect_after(20 * NSEC_PER_MSEC, 200000);
	/* As long as it gets: not now. */
	clock_count = 0;
	clock_arm_ns(0xFFFFFFFF);
	CHECK(!wait_for(&clock_count, 50), "4.29 s are over after 50 ms");
	clock_arm_ns(0);
}
