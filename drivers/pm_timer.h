/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power management timer of ACPI machines (ACPI 6.4, 4.8.3.3): a counter that never stops. */
#ifndef GATEHOUSE_DRIVERS_PM_TIMER_H
#define GATEHOUSE_DRIVERS_PM_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Is there one at that port (0: no), and does it count? Bounded. */
bool pm_timer_counts(uint16_t port);

/* Its 24 bits, which wrap every 4.6 s. */
uint32_t pm_timer_read(uint16_t port);

/* Of less than 2^24 ticks, from one reading to a later one. */
uint32_t pm_timer_ticks(uint32_t from, uint32_t to);
uint64_t pm_timer_ticks_to_ns(uint32_t ticks);

/* Waits at least ns (up to 1 s). False: it stopped. Interrupts off. */
bool pm_timer_wait_ns(uint16_t port, uint32_t ns);

#endif
