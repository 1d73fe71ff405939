/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's I/O APICs (Intel 82093AA data sheet, 290566), by global interrupt number. */
#ifndef GATEHOUSE_DRIVERS_IOAPIC_H
#define GATEHOUSE_DRIVERS_IOAPIC_H

#include "drivers/acpi.h"

#define IOAPIC_MAX 4u

/* How an interrupt line of the 8259s' numbering (0-15) reaches an I/O APIC. */
struct ioapic_line {
	uint32_t gsi; /* global system interrupt: a pin of one of them */
	bool is_level;
	bool is_active_low;
	bool is_overridden; /* the firmware says so, it is not just the custom */
};

/*
 * Maps those the MADT names and that answer (at most IOAPIC_MAX), masks all
 * their pins, and logs each. Returns how many there are.
 */
unsigned ioapic_init(const struct acpi_info *info);

/*
 * By the MADT's overrides (ACPI 6.4, 5.2.12.5); what they leave open is the
 * bus's custom: the same number, ISA edge and high, PCI level and low.
 */
struct ioapic_line ioapic_route(const struct acpi_info *info, unsigned line, bool is_pci);

bool ioapic_has(uint32_t gsi);

/* In a vector's place: an NMI. */
#define IOAPIC_NMI 0x400u

/* Has the line's pin signal vector to that local APIC (physical destination), unmasked. */
void ioapic_connect(const struct ioapic_line *line, uint32_t vector, uint8_t apic_id);

void ioapic_mask(uint32_t gsi, bool masked);

#endif
