/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power management timer of ACPI machines: a counter of 3.579545 MHz. */
#include "drivers/pm_timer.h"

#include "arch/x86/io.h"

#define MASK             0xFFFFFFu
#define NS_PER_TICK_10   286070u /* 2^10 * 10^9 / 3579545, rounded */
#define STANDSTILL_POLLS 100000u
#define READ_TRIES       8u

/*
 * Some chips (Intel's PIIX4, 82371AB erratum 8) let it be read while it
 * changes: one that lies between its neighbours was whole.
 */
uint32_t pm_timer_read(uint16_t port)
{
	uint32_t before = inl(port) & MASK, it = inl(port) & MASK, after = inl(port) & MASK;

	for (unsigned i = 0; i < READ_TRIES; i++) {
		if (pm_timer_ticks(before, it) <= pm_timer_ticks(before, after))
			break;
		before = it;
		it = after;
		after = inl(port) & MASK;
	}
	return it;
}

uint32_t pm_timer_ticks(uint32_t from, uint32_t to)
{
	return (to - from) & MASK;
}

uint64_t pm_timer_ticks_to_ns(uint32_t ticks)
{
	return (uint64_t)ticks * NS_PER_TICK_10 >> 10;
}

bool pm_timer_wait_ns(uint16_t port, uint32_t ns)
{
	uint32_t start = pm_timer_read(port), last = start, now = start;
	unsigned idle_polls = 0;

	while (pm_timer_ticks_to_ns(pm_timer_ticks(start, now)) < ns) {
		now = pm_timer_read(port);
		idle_polls = now == last ? idle_polls + 1 : 0;
		if (idle_polls == STANDSTILL_POLLS)
			return false;
		last = now;
	}
	return true;
}

bool pm_timer_counts(uint16_t port)
{
	return port != 0 && pm_timer_wait_ns(port, 1000);
}
