/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers of a PC (Intel 8259A data sheet, 231468). */
#ifndef GATEHOUSE_DRIVERS_PIC8259_H
#define GATEHOUSE_DRIVERS_PIC8259_H

#include <stdbool.h>
#include <stdint.h>

#define PIC_LINES 16u

/*
 * Lines 0-15 become vectors vector_base to vector_base + 15 (a multiple of 8);
 * edge-triggered, manual EOI, all lines masked. Also right where an I/O APIC
 * takes over: a masked 8259 still gives spurious interrupts, at these vectors.
 */
void pic_init(uint8_t vector_base);

/* One line, 0-15. The cascade (2) follows the upper eight lines by itself. */
void pic_mask(unsigned line);
void pic_unmask(unsigned line);
void pic_mask_all(void);

/*
 * Trigger of a line by the ELCR (PCI-to-ISA bridges have one: Intel 82371AB
 * data sheet, 4.2.5). Setting it does nothing for lines that are always edge,
 * or where there is no ELCR: every line is edge-triggered there.
 */
bool pic_is_level(unsigned line);
void pic_set_level(unsigned line);

/*
 * Call first for an interrupt on this line: only 7 and 15 can be spurious, and
 * then no device wants service and pic_eoi() must not be called (the master's
 * part of a spurious 15 is acknowledged here). Counted.
 */
bool pic_is_spurious(unsigned line);
unsigned pic_spurious_count(void);

/* Non-specific end of interrupt, to the slave as well for lines 8-15. */
void pic_eoi(unsigned line);

#endif
