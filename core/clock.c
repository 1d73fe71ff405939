/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host time: the calibrated TSC, and this CPU's timers. */
#include "core/clock.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/delay.h"
#include "core/div64.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/trace.h"
#include "drivers/hpet.h"
#include "drivers/pit8254.h"
#include "drivers/rtc.h"

#define CALIBRATE_NS     (8 * 1000 * 1000)
#define CALIBRATE_ROUNDS 3
#define AGREE_PER_MILLE  2 /* how far PIT and HPET may differ */
#define TICKS_SHIFT      24

/* Grace for the timer's interrupt before an exit runs its timers without it. */
#define LATE_TICKS  1000
#define SCALE_SHIFT 22

/* What all counters said at the start and the end of one measurement. */
static struct {
	unsigned count;
	uint64_t tsc[2], hpet[2];
	uint32_t apic[2];
} sample;

struct calibration {
	uint32_t tsc_khz, apic_khz;
	bool by_pit, by_hpet, agreed;
};

static struct hpet hpet;
static bool has_hpet;
static uint32_t tsc_khz, apic_khz;
static uint32_t ns_per_tick;  /* << SCALE_SHIFT */
static uint32_t ticks_per_ns; /* << TICKS_SHIFT */
static uint64_t tsc_at_start, wall_at_start_ns, last_ns;
static bool tsc_trusted;

static uint64_t take_sample(void)
{
	unsigned i = sample.count < 2 ? sample.count++ : 1;

	sample.hpet[i] = has_hpet ? hpet_read(&hpet) : 0;
	sample.apic[i] = apic_timer_elapsed();
	sample.tsc[i] = rdtsc();
	return sample.tsc[i];
}

static uint64_t hpet_elapsed_ns(void)
{
	return hpet_ticks_to_ns(&hpet, sample.hpet[1] - sample.hpet[0]);
}

/* One measurement: the nanoseconds it took by each reference, 0 for one that is absent. */
static void measure(uint64_t *pit_ns, uint64_t *hpet_ns)
{
	uint64_t unused, elapsed;
	uint32_t by_pit;

	sample.count = 0;
	*pit_ns = pit_wait_ns(CALIBRATE_NS, &by_pit, &unused, take_sample) ? by_pit : 0;
	*hpet_ns = has_hpet && *pit_ns ? hpet_elapsed_ns() : 0;
	if (*pit_ns || !has_hpet)
		return;
	sample.count = 0;
	if (hpet_wait_ns(&hpet, CALIBRATE_NS, &elapsed, &unused, take_sample))
		*hpet_ns = hpet_elapsed_ns();
}

static bool agree(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference * 1000 <= a * AGREE_PER_MILLE;
}

/* One round: kHz of TSC and APIC timer by the better reference; false without any. */
static bool measure_round(struct calibration *c)
{
	uint64_t pit_ns, hpet_ns, ns;

	measure(&pit_ns, &hpet_ns);
	ns = hpet_ns ? hpet_ns : pit_ns;
	if (!ns)
		return false;
	c->by_pit = pit_ns != 0;
	c->by_hpet = hpet_ns != 0;
	c->agreed = !pit_ns || !hpet_ns || agree(pit_ns, hpet_ns);
	c->tsc_khz = (uint32_t)div64_u64((sample.tsc[1] - sample.tsc[0]) * 1000000, ns);
	c->apic_khz =
		(uint32_t)div64_u64((uint64_t)(sample.apic[1] - sample.apic[0]) * 1000000, ns);
	return c->tsc_khz != 0;
}

/* Whoever was held up in the middle (an emulator, an SMI) is an outlier: the median is not. */
static const struct calibration *median(struct calibration *c, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned j = i; j > 0 && c[j].tsc_khz < c[j - 1].tsc_khz; j--) {
			struct calibration other = c[j];

			c[j] = c[j - 1];
			c[j - 1] = other;
		}
	return &c[count / 2];
}

static void calibrate(void)
{
	struct calibration rounds[CALIBRATE_ROUNDS];
	const struct calibration *best;
	unsigned agreed = 0;

	apic_timer_start_free();
	for (unsigned i = 0; i < CALIBRATE_ROUNDS; i++) {
		if (!measure_round(&rounds[i]))
			panic("no clock to calibrate by: neither a PIT (8254) nor an HPET counts");
		agreed += rounds[i].agreed;
	}
	best = median(rounds, CALIBRATE_ROUNDS);
	tsc_trusted = agreed > 0;
	if (!tsc_trusted)
		log_warn("clock: PIT and HPET disagree: using the HPET, and guests get no TSC");
	tsc_khz = best->tsc_khz;
	apic_khz = best->apic_khz;
	ns_per_tick = (uint32_t)div64_u64(1000000ull << SCALE_SHIFT, tsc_khz);
	ticks_per_ns = (uint32_t)div64_u64((uint64_t)tsc_khz << TICKS_SHIFT, 1000000);
	log_info("clock: TSC %u.%03u MHz, APIC timer %u.%03u MHz, measured against%s%s",
		 tsc_khz / 1000, tsc_khz % 1000, apic_khz / 1000, apic_khz % 1000,
		 best->by_pit ? " PIT" : "", best->by_hpet ? " HPET" : "");
}

static void read_wall_clock(uint8_t century)
{
	struct rtc_time t;
	uint64_t unix_s = rtc_read(&t, century) ? rtc_to_unix(&t) : 0;

	wall_at_start_ns = unix_s * NSEC_PER_SEC;
	if (unix_s)
		log_info("clock: %04u-%02u-%02u %02u:%02u:%02u UTC by the RTC", t.year, t.month,
			 t.day, t.hour, t.minute, t.second);
	else
		log_warn("clock: the RTC has no usable date; guests start in 1970");
}

void clock_init(hpa_t hpet_base, uint8_t century)
{
	tsc_at_start = rdtsc();
	has_hpet = hpet_base && hpet_init(&hpet, paging_map_mmio(hpet_base));
	calibrate();
	apic_timer_set_rate(apic_khz, tsc_khz);
	read_wall_clock(century);
}

uint64_t clock_now_ns(void)
{
	uint64_t now;

	if (unlikely(!ns_per_tick))
		return 0; /* not calibrated yet; there may not even be a TSC */
	now = mul_u64_u32_shr(rdtsc() - tsc_at_start, ns_per_tick, SCALE_SHIFT);

	if (unlikely(now < last_ns))
		return last_ns; /* never backwards, whatever the TSC did */
	last_ns = now;
	return now;
}

struct hpet *clock_hpet(void)
{
	return has_hpet ? &hpet : NULL;
}

uint64_t clock_wall_ns(void)
{
	return wall_at_start_ns + clock_now_ns();
}

uint64_t clock_ticks(uint32_t ns)
{
	return mul_u64_u32_shr(ns, ticks_per_ns, TICKS_SHIFT);
}

uint32_t clock_tsc_khz(void)
{
	return tsc_khz;
}

bool clock_tsc_is_trusted(void)
{
	return tsc_trusted;
}

/* The hardware timer is touched only when the head of the queue changed. */
static void program(struct cpu *cpu, uint64_t now_ns)
{
	uint64_t next = timerq_next(&cpu->timers), wait;

	if (next == cpu->armed_ns)
		return;
	cpu->armed_ns = next;
	cpu->armed_tsc = TIMER_NEVER;
	if (next == TIMER_NEVER) {
		apic_timer_stop();
		return;
	}
	wait = next > now_ns ? next - now_ns : 0;
	if (wait < NSEC_PER_SEC)
		cpu->armed_tsc =
			rdtsc() + mul_u64_u32_shr(wait, ticks_per_ns, TICKS_SHIFT) + LATE_TICKS;
	apic_timer_arm(wait);
}

/* One event: how long from a to b, at most what 32 bits hold. */
static void trace_timer(enum trace_kind kind, const struct timer *t, uint64_t to, uint64_t from)
{
	uint64_t ns = to > from ? to - from : 0;

	trace(kind, TRACE_NOBODY, (uint32_t)MIN(ns, UINT32_MAX), (uint32_t)(uintptr_t)t);
}

void clock_add_timer(struct cpu *cpu, struct timer *t, uint64_t deadline_ns)
{
	timerq_add(&cpu->timers, t, deadline_ns);
	if (trace_wants(TRACE_TIMER))
		trace_timer(TRACE_TIMER, t, deadline_ns, clock_now_ns());
	if (deadline_ns < cpu->armed_ns)
		program(cpu, clock_now_ns());
}

/* The hardware may come early for a timer that is gone: clock_run_timers() sets it right. */
void clock_remove_timer(struct timer *t)
{
	timerq_remove(t);
}

void clock_run_timers(struct cpu *cpu)
{
	uint64_t now = clock_now_ns();
	struct timer *t;

	cpu->armed_ns = TIMER_NEVER; /* it has fired */
	while ((t = timerq_pop_due(&cpu->timers, now)) != NULL) {
		if (trace_wants(TRACE_FIRED))
			trace_timer(TRACE_FIRED, t, now, t->deadline_ns);
		t->expired(t, now);
	}
	program(cpu, clock_now_ns());
}

uint64_t delay_now_ns(void)
{
	return clock_now_ns();
}

void delay_us(uint32_t us)
{
	uint64_t until = clock_now_ns() + us * NSEC_PER_USEC;

	while (clock_now_ns() < until)
		cpu_relax();
}
