/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real interrupts: acknowledged here, acted upon by the main loop. */
#ifndef GATEHOUSE_ARCH_X86_INTERRUPTS_H
#define GATEHOUSE_ARCH_X86_INTERRUPTS_H

#include "core/types.h"

/* What arrived since the main loop last looked. Interrupts are off while it looks. */
struct interrupt_events {
	bool timer; /* the local APIC's */
	bool nmi;
	uint16_t lines; /* of the two 8259s */
};

/* Counters since boot. */
struct interrupt_counts {
	uint32_t timer, lines, spurious, nmi, unexpected;
};

extern struct interrupt_counts interrupt_counts;

/* Remaps and masks the 8259s; local APIC must be on. */
void interrupts_init(void);

/* Lets a line of the 8259s through. */
void interrupts_unmask_line(unsigned line);

/* Acknowledges the interrupt at vector (32 and up), from a guest or while idle. */
void interrupt_arrived(unsigned vector);
void interrupt_nmi(void);

/* Returns what arrived and forgets it. */
struct interrupt_events interrupts_take(void);

/* NMIs stay blocked after one until an iret: does one. */
void interrupts_unblock_nmi(void);

#endif
