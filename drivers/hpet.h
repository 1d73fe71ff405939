/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main counter of a high precision event timer (IA-PC HPET 1.0a, 2.3). */
#ifndef GATEHOUSE_DRIVERS_HPET_H
#define GATEHOUSE_DRIVERS_HPET_H

#include <stdbool.h>
#include <stdint.h>

struct hpet {
	volatile uint8_t *mmio;
	uint32_t period_fs;
	uint32_t ns_per_tick;      /* whole nanoseconds */
	uint32_t ns_per_tick_frac; /* and 2^-32 parts of one */
	bool is_64bit;
	uint32_t high, last_low;   /* hpet_read() of a 32-bit counter */
	uint32_t alarm, alarm_set; /* the low half of the counter then, and when that was set */
};

/*
 * mmio is the mapped, uncached register block (1 KiB). Starts the counter,
 * legacy replacement off, comparators untouched. False, and the hpet must not
 * be used, when there is none: vendor 0 or 0xFFFF, a period of 0 or more than
 * 100 ns, or a counter which stands still. Bounded.
 */
bool hpet_init(struct hpet *h, volatile void *mmio);

/* The low half of the counter: enough to time less than a minute at 14 MHz. */
uint32_t hpet_read32(const struct hpet *h);

/* The whole counter. A 32-bit one is extended, if asked once per wrap (200 s or more at 20 MHz). */
uint64_t hpet_read(struct hpet *h);

/* Rounds down; wraps when the result does not fit. */
uint64_t hpet_ticks_to_ns(const struct hpet *h, uint64_t ticks);

/*
 * Waits at least ns (up to 1 s), says how long it was and how far the counter
 * read_counter() went meanwhile. False: the HPET stopped. Interrupts off.
 */
bool hpet_wait_ns(const struct hpet *h, uint32_t ns, uint64_t *elapsed_ns,
		  uint64_t *counter_elapsed, uint64_t (*read_counter)(void));

/*
 * An alarm: comparator 0 in the place of the 8254's channel 0, on ISA line 0
 * (2.4.6.1, LegacyReplacement Route). False: this HPET cannot do that.
 */
bool hpet_alarm_init(struct hpet *h);
/* An edge in ns nanoseconds (up to 10 s), once; what was set before is forgotten. */
void hpet_alarm_set(struct hpet *h, uint32_t ns);
/* Why there was an edge: also when the counter wrapped since it was set, early. */
bool hpet_alarm_is_due(const struct hpet *h);
void hpet_alarm_stop(const struct hpet *h);

#endif
