/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that watches its own clock: how late its interrupts are, and how far
 * the wall clock drifts from the TSC. Words of its command line:
 *
 *	period_ms=1000  one line of output a period
 *	tick_us=10000   clock interrupts in between
 *	count=0         periods until it powers off, 0 = never
 */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"
#include "guests/lib/trap.h"

struct jitter {
	uint32_t ticks, min_ns, max_ns;
	uint64_t sum_ns;
};

static struct jitter jitter;
static uint64_t start_ns, next_ns;
static uint32_t tick_ns;

static void jitter_add(struct jitter *j, uint32_t late_ns)
{
	if (!j->ticks || late_ns < j->min_ns)
		j->min_ns = late_ns;
	if (late_ns > j->max_ns)
		j->max_ns = late_ns;
	j->sum_ns += late_ns;
	j->ticks++;
}

static bool tick(struct regs *r)
{
	uint64_t now = now_ns();

	(void)r;
	if (now < next_ns) {
		/* Early by the clocks' difference; the rest is still to come. */
		clock_arm_ns((uint32_t)(next_ns - now));
		return true;
	}
	jitter_add(&jitter, (uint32_t)(now - next_ns));
	next_ns += tick_ns;
	/* Ticks that were missed altogether count as late only once. */
	while (next_ns <= now)
		next_ns += tick_ns;
	clock_arm_ns((uint32_t)(next_ns - now));
	return true;
}

/* Sleeps until the time; leaves interrupts off. */
static void sleep_until(uint64_t ns)
{
	for (;;) {
		irq_disable();
		if (now_ns() >= ns)
			return;
		irq_halt();
	}
}

static void print_period(uint32_t number, int64_t drift_ns)
{
	uint32_t average = jitter.ticks ? (uint32_t)div_u64(jitter.sum_ns, jitter.ticks, NULL) : 0;
	bool behind = drift_ns < 0;
	uint64_t drift_us = div_u64(behind ? -drift_ns : drift_ns, NSEC_PER_USEC, NULL);

	printf("clock: period %u, %u ticks, drift %s%llu us, late min %u avg %u max %u us\n",
	       number, jitter.ticks, behind ? "-" : "", drift_us, jitter.min_ns / NSEC_PER_USEC,
	       average / NSEC_PER_USEC, jitter.max_ns / NSEC_PER_USEC);
	jitter = (struct jitter){0};
}

void guest_main(void)
{
	uint32_t period_ms = boot_number("period_ms", 1000), count = boot_number("count", 0);
	uint32_t tick_us = boot_number("tick_us", 10000);
	uint64_t period_ns, wall_start;

	if (!period_ms)
		period_ms = 1000;
	if (!tick_us || tick_us > 1000000)
		tick_us = 10000;
	tick_ns = tick_us * NSEC_PER_USEC;
	period_ns = (uint64_t)period_ms * NSEC_PER_MSEC;
	printf("clock: a line every %u ms, an interrupt every %u us, tsc %u kHz\n", period_ms,
	       tick_us, READ_ONCE(lguest_data.tsc_khz));
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	/* A few interrupts first: a fresh wall clock to start from, and everything warm. */
	next_ns = now_ns() + 1000;
	clock_arm_ns(1000);
	while (jitter.ticks < 3) {
		irq_disable();
		irq_halt();
	}
	irq_disable();
	wall_start = wall_time_ns();
	start_ns = now_ns();
	next_ns = start_ns + tick_ns;
	jitter = (struct jitter){0};
	clock_arm_ns(tick_ns);
	for (uint32_t n = 1; !count || n <= count; n++) {
		sleep_until(start_ns + n * period_ns);
		print_period(n, (int64_t)(wall_time_ns() - wall_start) -
					(int64_t)(now_ns() - start_ns));
	}
	clock_arm_ns(0);
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "clock is done");
}
