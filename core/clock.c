/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host time: the calibrated TSC, and this CPU's timers. */
#include "core/clock.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "core/calibrate.h"
#include "core/cpu.h"
#include "core/delay.h"
#include "core/div64.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/trace.h"
#include "drivers/acpi.h"
#include "drivers/hpet.h"
#include "drivers/pm_timer.h"
#include "drivers/rtc.h"

#define TICKS_SHIFT 24

/* Grace for the timer's interrupt before an exit runs its timers without it. */
#define LATE_TICKS  1000
#define SCALE_SHIFT FAST_TIME_SHIFT

static struct hpet hpet;
static uint16_t pm_timer; /* its port; 0: none */
static bool has_hpet;
static struct calibration measured;
static uint32_t tsc_khz;
static uint32_t ns_per_tick;  /* << SCALE_SHIFT */
static uint32_t ticks_per_ns; /* << TICKS_SHIFT */
static uint64_t tsc_at_start, wall_at_start_ns, last_ns;

static void read_counters(uint64_t *tsc, uint32_t *apic)
{
	*apic = apic_timer_elapsed();
	*tsc = rdtsc();
}

/* Space, name, space, name. */
static const char *names_of(char *text, size_t bytes, uint8_t references)
{
	static const char *const names[REFERENCES] = {
		[REFERENCE_HPET] = " HPET",
		[REFERENCE_PM_TIMER] = " PM timer",
		[REFERENCE_PIT] = " PIT",
	};
	int at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < REFERENCES; i++)
		if (references >> i & 1)
			at += snprintf(text + at, bytes - (size_t)at, "%s", names[i]);
	return text;
}

static void report(const struct calibration *c)
{
	uint8_t wrong = c->present & (uint8_t)~c->right;
	char text[32];

	log_info("clock: TSC %u.%03u MHz, APIC timer %u.%03u MHz, measured against%s",
		 c->tsc_khz / 1000, c->tsc_khz % 1000, c->apic_khz / 1000, c->apic_khz % 1000,
		 names_of(text, sizeof(text), c->right));
	if (!c->is_trusted)
		log_warn("clock:%s disagree: guests get no TSC",
			 names_of(text, sizeof(text), c->present));
	else if (wrong)
		log_warn("clock: not used, since wrong by the others:%s",
			 names_of(text, sizeof(text), wrong));
}

static void measure(void)
{
	apic_timer_start_free();
	if (!calibrate(&measured, has_hpet ? &hpet : NULL, pm_timer, read_counters))
		panic("no clock to calibrate by: neither a PIT (8254) nor an HPET nor an ACPI PM "
		      "timer counts");
	tsc_khz = measured.tsc_khz;
	ns_per_tick = (uint32_t)div64_u64(1000000ull << SCALE_SHIFT, tsc_khz);
	ticks_per_ns = (uint32_t)div64_u64((uint64_t)tsc_khz << TICKS_SHIFT, 1000000);
	report(&measured);
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

void clock_init(const struct acpi_info *acpi)
{
	tsc_at_start = rdtsc();
	has_hpet = acpi->hpet_base && hpet_init(&hpet, paging_map_mmio(acpi->hpet_base));
	pm_timer = pm_timer_counts(acpi->pm_timer) ? acpi->pm_timer : 0;
	measure();
	apic_timer_set_rate(measured.apic_khz, tsc_khz);
	read_wall_clock(acpi->century);
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

uint32_t clock_ns_per_tick(void)
{
	return ns_per_tick;
}

uint32_t clock_tsc_khz(void)
{
	return tsc_khz;
}

const struct calibration *clock_calibration(void)
{
	return &measured;
}

bool clock_tsc_is_trusted(void)
{
	return measured.is_trusted;
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
		program(cpu, last_ns);
}

void clock_run_timers(struct cpu *cpu)
{
	uint64_t now = clock_now_ns();
	struct timer *t;

	/* It has fired: late no more, whether or not there is a next one. */
	cpu->armed_ns = cpu->armed_tsc = TIMER_NEVER;
	while ((t = timerq_pop_due(&cpu->timers, now)) != NULL) {
		if (trace_wants(TRACE_FIRED))
			trace_timer(TRACE_FIRED, t, now, t->deadline_ns);
		t->expired(t, now);
	}
}

/* The hardware may come early for a timer that is gone: clock_run_timers() sees to it. */
void clock_remove_timer(struct timer *t)
{
	timerq_remove(t);
}

void clock_set_hardware(struct cpu *cpu)
{
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
