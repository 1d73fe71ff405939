/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast the CPU's counters are, by whatever other clocks the machine has. */
#ifndef GATEHOUSE_CORE_CALIBRATE_H
#define GATEHOUSE_CORE_CALIBRATE_H

#include "core/types.h"
#include "drivers/hpet.h"

/* The better one first. */
enum reference { REFERENCE_HPET, REFERENCE_PM_TIMER, REFERENCE_PIT, REFERENCES };

struct calibration {
	uint32_t tsc_khz, apic_khz;
	uint8_t present; /* bits: enum reference; those that count */
	uint8_t right;   /* that agreed with the one which was used */
	enum reference used;
	bool is_trusted; /* two references agreed, or there is only one */
};

/* What is measured: the TSC, and the APIC timer's ticks so far. */
typedef void (*calibrate_read_fn)(uint64_t *tsc, uint32_t *apic);

/*
 * Measures several times for some milliseconds. hpet: NULL for none;
 * pm_timer: its port, 0 for none. False: nothing counts. A reference that none
 * of the others agrees with is not used if others agree. Interrupts off.
 */
bool calibrate(struct calibration *result, struct hpet *hpet, uint16_t pm_timer,
	       calibrate_read_fn read);

#endif
