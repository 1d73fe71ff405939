/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bystander's clock: each event it asked for comes, once, not early; and how late. */
#include "test/guests/bystander/bystander.h"

#define EARLY_NS  20000 /* the clocks' difference, and what is lost in rounding */
#define DRIFT_NS  1000000
#define SAMPLES   16u /* ticks whose best is believed: the machine may stop between two reads */
#define STARTING  10u /* ticks whose lateness does not count: the others are still starting */
#define BUCKET_NS 10000u
#define BUCKETS   2048u

static uint64_t start_ns, due_ns;
static volatile uint32_t armed, ticks;
static uint32_t late[BUCKETS]; /* ticks by lateness; the last: all that is later */
static uint64_t latest_ns;

/* The wall clock, written as the interrupt was delivered, less the TSC read in its handler. */
static int64_t best_first, best_now;

static void note_clocks(uint64_t now)
{
	int64_t ahead = (int64_t)(wall_time_ns() - now);

	if (ticks % SAMPLES == 0 || ahead > best_now)
		best_now = ahead;
	if (ticks < SAMPLES)
		best_first = best_now;
}

static void arm(uint64_t now)
{
	armed++;
	clock_arm_ns(due_ns > now ? (uint32_t)(due_ns - now) : 1);
}

static void note_late(uint64_t ns)
{
	bool beyond = ns >= (uint64_t)BUCKETS * BUCKET_NS;

	late[beyond ? BUCKETS - 1 : (uint32_t)ns / BUCKET_NS]++;
	if (ns > latest_ns)
		latest_ns = ns;
}

static bool tick(struct regs *r)
{
	uint64_t now = now_ns();

	(void)r;
	CHECK(ticks + 1 == armed, "clock interrupt %u, but %u were asked for", ticks + 1, armed);
	CHECK(now + EARLY_NS >= due_ns, "a clock interrupt is %u ns early",
	      (uint32_t)(due_ns - now));
	note_clocks(now);
	if (++ticks > STARTING)
		note_late(now > due_ns ? now - due_ns : 0);
	while (due_ns <= now)
		due_ns += TICK_NS;
	arm(now);
	return true;
}

void clock_begin(void)
{
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	start_ns = now_ns();
	due_ns = start_ns + TICK_NS;
	arm(start_ns);
	irq_enable();
}

uint64_t clock_running_ns(void)
{
	return now_ns() - start_ns;
}

void clock_sleep(void)
{
	uint32_t before = ticks;

	for (;;) {
		irq_disable();
		if (ticks != before)
			break;
		irq_halt();
	}
	irq_enable();
}

/* In microseconds: what 99 of 100 ticks are not later than. */
static uint32_t late_percentile(void)
{
	uint32_t seen = 0, n = 0, counted = ticks - STARTING;

	while (n < BUCKETS - 1 && (seen += late[n]) < counted - counted / 100)
		n++;
	return (n + 1) * BUCKET_NS / NSEC_PER_USEC;
}

void clock_end(void)
{
	int64_t drift;

	while (ticks < 2 * SAMPLES || ticks % SAMPLES != SAMPLES - 1)
		clock_sleep();
	irq_disable();
	clock_arm_ns(0);
	drift = best_now - best_first;
	CHECK(drift < DRIFT_NS && drift > -DRIFT_NS, "its clocks moved apart by %d us in %u ms",
	      (int32_t)drift / (int32_t)NSEC_PER_USEC,
	      (uint32_t)div_u64(now_ns() - start_ns, NSEC_PER_MSEC, NULL));
	printf("bystander: %u ticks, late: 99 %% below %u us, max %u us\n", ticks,
	       late_percentile(), (uint32_t)div_u64(latest_ns, NSEC_PER_USEC, NULL));
}
