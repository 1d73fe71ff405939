/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest among others. On its command line one of
 *
 *	spin	says when it was not running, up to to_ms= after boot
 *	sleep	is woken times=N, at intervals without a pattern, and says when
 *	busy	works from from_ms= to to_ms= after boot, and says how much
 *	idle	does nothing, for ever
 *
 * Times are TSC ticks as the machine counts them, the same for all guests.
 */
/* paging: linear */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"
#include "guests/lib/trap.h"

#define GAPS_MAX 1024u
#define GAP      600u /* ticks: more than a round of any of the loops here */

struct gap {
	uint32_t from, to; /* the last moment before it, the first one after it */
};

static struct gap gaps[GAPS_MAX];
static uint32_t slept[GAPS_MAX]; /* just before each HALT */

static uint64_t after_boot(const char *name)
{
	return tsc_from_ns(boot_number(name, 0) * (uint64_t)NSEC_PER_MSEC);
}

static void spin(void)
{
	uint64_t end = after_boot("to_ms"), now, last = rdtsc();
	unsigned count = 0;

	while ((now = rdtsc()) < end && count < GAPS_MAX) {
		if (now - last > GAP)
			gaps[count++] = (struct gap){(uint32_t)last, (uint32_t)now};
		last = now;
	}
	for (unsigned i = 0; i < count; i++)
		printf("gap %u %u\n", gaps[i].from, gaps[i].to);
}

/* The interrupt's handler: when its first instruction ran. */
static volatile uint32_t woken;
extern const char note_time[];
__asm__(".pushsection .text\n"
	"note_time:\tpushl %eax\n\tpushl %edx\n\trdtsc\n\tmovl %eax, woken\n"
	"\tpopl %edx\n\tpopl %eax\n\tiret\n"
	"\t.popsection");

/* By itself, so that bench/run_where.py finds the call. */
static __attribute__((noinline)) void doze(void)
{
	irq_halt();
}

static void sleep(void)
{
	uint32_t times = boot_number("times", 100), ns = 1234567;

	if (times > GAPS_MAX)
		times = GAPS_MAX;
	trap_gate_to(IRQ_CLOCK_VECTOR, GATE_TRAP, 0, addr32(note_time));
	for (unsigned i = 0; i < times; i++) {
		/* 1 to 5 ms, numbers without a pattern */
		ns = ns * 1664525 + 1013904223;
		uint32_t after = NSEC_PER_MSEC + ns % (4 * NSEC_PER_MSEC);

		irq_disable();
		gaps[i].from = (uint32_t)rdtsc() + (uint32_t)tsc_from_ns(after);
		clock_arm_ns(after);
		slept[i] = (uint32_t)rdtsc();
		doze();
		gaps[i].to = woken;
	}
	for (unsigned i = 0; i < times; i++)
		printf("woken %u %u\nslept %u %u\n", gaps[i].from, gaps[i].to, slept[i], i);
}

/* Work that one can count, a few hundred instructions at a time. */
static void work(void)
{
	for (unsigned i = 0; i < 100; i++)
		barrier();
}

/* Its own time is what is not in gaps. */
static void busy(void)
{
	uint64_t from = after_boot("from_ms"), to = after_boot("to_ms"), now = rdtsc(), last,
		 own = 0;
	uint32_t rounds = 0;

	irq_disable();
	if (now < from) {
		clock_arm_ns((uint32_t)tsc_to_ns(from - now));
		irq_halt();
		irq_disable();
	}
	last = rdtsc();
	for (; (now = rdtsc()) < to; rounds++) {
		if (now - last < GAP)
			own += now - last;
		last = now;
		work();
	}
	printf("busy %u rounds, %llu ticks of %llu\n", rounds, own, to - from);
}

void guest_main(void)
{
	trap_gate_to(IRQ_CLOCK_VECTOR, GATE_TRAP, 0, addr32(note_time));
	if (boot_has_word("spin"))
		spin();
	else if (boot_has_word("sleep"))
		sleep();
	else if (boot_has_word("busy"))
		busy();
	while (boot_has_word("idle"))
		irq_halt();
}
