/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host time: nanoseconds since boot from the TSC, and this CPU's timers. */
#ifndef GATEHOUSE_CORE_CLOCK_H
#define GATEHOUSE_CORE_CLOCK_H

#include "arch/x86/cpu.h"
#include "core/cpu.h"
#include "core/timerq.h"

struct acpi_info;
struct hpet;

struct acpi_info;

/*
 * Calibrates TSC and APIC timer against HPET, PM timer and PIT (those that
 * count), reads the wall clock once. Panics when there is none of them.
 */
void clock_init(const struct acpi_info *acpi);

/* What was found then. */
const struct calibration *clock_calibration(void);

/* Nanoseconds since clock_init(); never goes backwards. */
uint64_t clock_now_ns(void);

/* Nanoseconds since 1970, from the RTC at boot plus host time. */
uint64_t clock_wall_ns(void);

uint32_t clock_tsc_khz(void);

/* Nanoseconds of a tick, << FAST_TIME_SHIFT (22). */
uint32_t clock_ns_per_tick(void);

/* Of the TSC, in that time. */
uint64_t clock_ticks(uint32_t ns);

/* Its counter runs; the comparators are free. NULL: there is none. */
struct hpet *clock_hpet(void);

/* Whether a guest may be told tsc_khz: the references agreed when it was measured. */
bool clock_tsc_is_trusted(void);

/*
 * Queues t on that CPU (interrupts off); the hardware follows if it is the earliest. The deadline
 * should be reckoned from a clock_now_ns() just before: it comes later by what has passed since.
 */
void clock_add_timer(struct cpu *cpu, struct timer *t, uint64_t deadline_ns);
void clock_remove_timer(struct timer *t);

/* The hardware timer should have fired by now: an emulator's may come late. */
static inline bool clock_is_late(const struct cpu *cpu)
{
	return unlikely(rdtsc() >= cpu->armed_tsc);
}

/* Runs what is due on that CPU. The hardware is not set for the next: clock_settle(). */
void clock_run_timers(struct cpu *cpu);

void clock_set_hardware(struct cpu *cpu);

/* Before the CPU turns to a guest, or sleeps: the hardware is set for the next timer. */
static inline void clock_settle(struct cpu *cpu)
{
	if (cpu->armed_ns > timerq_next(&cpu->timers))
		clock_set_hardware(cpu);
}

#endif
