/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for something, but not for ever. */
#include "guests/lib/deadline.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"

volatile uint32_t clock_count;
uint64_t clock_tsc;

bool clock_counts(struct regs *r)
{
	(void)r;
	clock_tsc = rdtsc();
	clock_count++;
	return true;
}

/* An event of the past may be pending still. */
void set_deadline(uint32_t ns)
{
	clock_arm_ns(0);
	irq_enable();
	irq_disable();
	clock_count = 0;
	clock_arm_ns(ns);
}

bool sleep_until(const volatile uint32_t *flag, uint32_t ns)
{
	set_deadline(ns);
	for (;;) {
		irq_disable();
		if (*flag || clock_count)
			break;
		irq_halt();
	}
	clock_arm_ns(0);
	return *flag;
}
