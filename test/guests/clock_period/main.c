/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clock armed again and again keeps time: 200 periods of a millisecond. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

#define PERIODS 200

static volatile uint32_t done;
static uint64_t next, worst, period;

static bool tick(struct regs *r)
{
	uint64_t now = rdtsc();
	uint64_t late = now - next;

	(void)r;
	if (late > worst && late < 1ull << 40)
		worst = late;
	next += period;
	if (++clock_count == PERIODS)
		done = 1;
	else
		clock_arm_ns(next > now ? (uint32_t)tsc_to_ns(next - now) + 1 : 1);
	return true;
}

void test_main(void)
{
	uint64_t start, took;

	need_tsc();
	period = tsc_from_ns(NSEC_PER_MSEC);
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	start = rdtsc();
	next = start + period;
	irq_enable();
	clock_arm_ns(NSEC_PER_MSEC);
	CHECK(wait_for(&done, PERIODS * 2), "%u ticks after %u ms", clock_count, PERIODS * 2);
	took = tsc_to_ns(rdtsc() - start);
	printf("%u periods took %llu us, the latest interrupt was %llu us late\n", PERIODS,
	       div_u64(took, 1000, NULL), div_u64(tsc_to_ns(worst), 1000, NULL));
	CHECK(took >= (PERIODS - 1ull) * NSEC_PER_MSEC, "too fast: %llu ns", took);
	CHECK(took <= (PERIODS + 1ull) * NSEC_PER_MSEC, "too slow: %llu ns", took);
	CHECK(tsc_to_ns(worst) <= 200000, "an interrupt %llu ns late", tsc_to_ns(worst));
}
