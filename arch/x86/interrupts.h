/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real interrupts: acknowledged here, acted upon by the main loop. */
#ifndef GATEHOUSE_ARCH_X86_INTERRUPTS_H
#define GATEHOUSE_ARCH_X86_INTERRUPTS_H

#include "core/types.h"

struct acpi_info;
struct regs;

/*
 * A source is where interrupts come from: a line, which several devices may
 * share, or one device's messages. Its number is below this.
 */
#define INTERRUPT_SOURCES 28u

/* In a row that no device explains, before a line is given up. */
#define INTERRUPT_STUCK_AFTER 1000u
/* The same of one that was stuck and is tried again. */
#define INTERRUPT_TRIAL 10u

/* By what devices' lines arrive. */
enum interrupt_wiring {
	/*
	 * I/O APICs where the MADT has them and they answer. But a PCI line the
	 * MADT does not override stays with the 8259s: that is where the firmware
	 * routed it (PCI 3.0, 6.2.4), and which pin it is, only AML could tell.
	 */
	WIRING_AUTO,
	WIRING_IOAPIC, /* those lines too, at the pin of the same number */
	WIRING_8259,
};

/* What arrived since the main loop last looked. Interrupts are off while it looks. */
struct interrupt_events {
	bool timer; /* the local APIC's */
	bool nmi;
	uint32_t nmi_eip; /* where in ring 0 it hit; 0: in a guest */
	uint32_t sources; /* bit n: source n */
};

/* Counters since boot; lines: all sources. */
struct interrupt_counts {
	uint32_t timer, lines, spurious, nmi, unexpected;
	uint32_t watchdog; /* NMIs that are not in nmi */
};

extern struct interrupt_counts interrupt_counts;

/*
 * Masks everything in the 8259s and I/O APICs and logs which of them are used;
 * local APIC and paging must be on. *acpi must stay.
 */
void interrupts_init(const struct acpi_info *acpi, enum interrupt_wiring wiring);

/*
 * Each gives the number of a source, which is let through from now on. A line
 * that is known already gives the source it has, as it was first asked for.
 * -ERANGE: no such line, -ENOSPC: too many sources.
 */
/* An ISA line (0-15): edge and high, unless firmware says otherwise. */
int interrupts_add_isa(unsigned line);
/* The firmware's interrupt line (1-15) of a PCI function: level, shared. */
int interrupts_add_pci(unsigned line);
/* A message of one device: it has to write *data to *address (SDM 3A 10.11). */
int interrupts_add_msi(uint32_t *address, uint32_t *data);

/*
 * A level-triggered source that arrived is masked until one of these says that
 * its devices were looked at; for others they change nothing but the count.
 */
/* A device had something to say. */
void interrupts_let_through(uint32_t sources);
/*
 * None had. A level-triggered source is let through all the same, until this
 * has happened INTERRUPT_STUCK_AFTER times in a row: then it is stuck, which
 * is logged, and stays masked. Returns those that are stuck now.
 */
uint32_t interrupts_nobody(uint32_t sources);
/*
 * Call from time to time: lets those that are stuck through once more, and logs
 * which have been quiet since the call before. False: none was stuck.
 */
bool interrupts_try_stuck(void);
bool interrupts_is_stuck(unsigned source);

/* Source n, for whoever looks: where it comes from in words, the line or pin, what arrived. */
struct interrupt_view {
	const char *kind; /* "8259 line", "I/O APIC pin", "message" */
	uint32_t input;
	unsigned vector;
	bool is_level, is_stuck;
	uint32_t arrived;
};

/* False behind the last. */
bool interrupts_look(unsigned n, struct interrupt_view *view);

/* Acknowledges the interrupt at vector (32 and up), from a guest or while idle. */
void interrupt_arrived(unsigned vector);

/* regs: of ring 0, NULL when it hit a guest. */
void interrupt_nmi(const struct regs *regs);

/* An NMI is a panic from now on, wherever it hits: also in a loop that never ends. */
void interrupts_panic_on_nmi(void);

/* Something arrived that interrupts_take() has not told of: no time to sleep. */
bool interrupts_any_waits(void);

/*
 * Has ISA line 0, the timer's, be an NMI; false where it cannot: without an I/O
 * APIC. is_mine() says whether an NMI was the timer's, of which nothing else
 * is told; regs as above.
 */
bool interrupts_timer_is_nmi(bool (*is_mine)(const struct regs *regs));

/* Returns what arrived and forgets it. */
struct interrupt_events interrupts_take(void);

/* There is something to take. */
extern bool interrupts_seen;

/* NMIs stay blocked after one until an iret: does one. */
void interrupts_unblock_nmi(void);

#endif
