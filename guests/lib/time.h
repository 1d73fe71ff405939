/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the TSC and the wall clock. */
#ifndef GATEHOUSE_GUESTS_LIB_TIME_H
#define GATEHOUSE_GUESTS_LIB_TIME_H

#include "guests/lib/types.h"

static inline uint64_t rdtsc(void)
{
	uint64_t t;

	__asm__ volatile("rdtsc" : "=A"(t) : : "memory");
	return t;
}

/* True if the host vouches for the TSC. */
bool tsc_usable(void);

/* Both want a usable TSC. Good for differences of up to an hour. */
uint64_t tsc_to_ns(uint64_t ticks);
uint64_t tsc_from_ns(uint64_t ns);

/* Spins; interrupts are taken if enabled. Wants a usable TSC. */
void delay_ns(uint64_t ns);

/* lguest_data.time in nanoseconds since 1970, as of the last refresh. */
uint64_t wall_time_ns(void);

/* Nanoseconds since some time in the past: by the TSC, or by the wall clock if there is none. */
uint64_t now_ns(void);

/* Seconds since 1970 as "2026-11-22 18:20:01"; text has DATE_TEXT bytes. */
#define DATE_TEXT 24
void date_text(char *text, uint32_t seconds);

#endif
