/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that sleeps for a nanosecond at a time leaves others their share: half, here. */
/* expect: success */
/* guest-line: tsc=on */
/* bystander: sched_waker */
/* icount: yes */
#include "test/guests/lib/test.h"

/* Instructions of one round of the loop below; with -icount shift=0 each is a nanosecond. */
static uint32_t spin(uint64_t end)
{
	uint32_t rounds = 0;

	while (rdtsc() < end)
		rounds++;
	return rounds;
}

void test_main(void)
{
	uint64_t ms = tsc_from_ns(NSEC_PER_MSEC), start;
	uint32_t alone, least = ~0u;

	need_tsc();
	irq_disable();
	/* the rate undisturbed: the best of many short runs */
	alone = 0;
	for (unsigned i = 0; i < 200; i++) {
		start = rdtsc();
		while (rdtsc() < start + ms / 10)
			barrier();
		start = rdtsc();
		uint32_t n = spin(start + ms / 100);
		alone = n > alone ? n : alone;
	}
	alone *= 100; /* in a millisecond */
	for (unsigned i = 0; i < 10; i++) {
		uint32_t n = spin(rdtsc() + 20 * ms) / 20;
		least = n < least ? n : least;
	}
	printf("%u rounds a ms alone, %u beside the other\n", alone, least);
	CHECK(least >= alone * 2 / 5, "only %u %% of the CPU are left to it", least * 100 / alone);
}
