/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NMIs from a timer, which find out when the main loop no longer comes round. */
#ifndef GATEHOUSE_CORE_NMI_WATCHDOG_H
#define GATEHOUSE_CORE_NMI_WATCHDOG_H

#include "core/types.h"

/* Both written by the CPU's loop, read by the NMI. */
struct nmi_watchdog {
	volatile uint32_t rounds; /* of the main loop */
	volatile bool is_asleep;  /* waiting for an interrupt is no hang */
	volatile bool is_set;     /* an NMI will come */
};

extern struct nmi_watchdog nmi_watchdog;

/*
 * Finds a timer whose NMIs arrive (HPET, else 8254, by the I/O APIC), waits for
 * a first one, and logs the result. From then on ring 0 panics when it has not
 * come round for `seconds`, or a second more. 0 seconds: does nothing.
 * Clock and interrupts must work.
 */
void nmi_watchdog_start(uint32_t seconds);

/* As long as this is still too long: for what has no rounds, such as a panic. */
void nmi_watchdog_allow(uint32_t seconds);
void nmi_watchdog_stop(void);

/* The timer goes on after the sleep in which it was last heard. */
void nmi_watchdog_set(void);

static inline void nmi_watchdog_sleeps(void)
{
	nmi_watchdog.is_asleep = true;
}

static inline void nmi_watchdog_wakes(void)
{
	nmi_watchdog.is_asleep = false;
	if (!nmi_watchdog.is_set)
		nmi_watchdog_set();
}

#endif
