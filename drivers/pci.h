/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's PCI bus: what is there, by configuration mechanism 1 (PCI 3.0, 3.2.2.3.2). */
#ifndef GATEHOUSE_DRIVERS_PCI_H
#define GATEHOUSE_DRIVERS_PCI_H

#include "core/types.h"

#define PCI_MAX_FUNCTIONS 64u

struct pci_function {
	uint8_t bus, device, function;
	uint8_t class, subclass, interface, revision;
	uint16_t vendor, product;
	uint8_t irq_line; /* what the firmware routed its pin to; 0 or 255: nothing */
	uint8_t irq_pin;  /* 1-4: INTA# to INTD#; 0: none */
};

/*
 * Finds the functions on all buses, behind bridges too; returns how many were
 * stored, at most max. 0 without a PCI bus.
 */
unsigned pci_scan(struct pci_function *found, unsigned max);

/* offset is a multiple of the size. */
uint32_t pci_read32(const struct pci_function *f, unsigned offset);
uint16_t pci_read16(const struct pci_function *f, unsigned offset);
uint8_t pci_read8(const struct pci_function *f, unsigned offset);
void pci_write32(const struct pci_function *f, unsigned offset, uint32_t value);
void pci_write16(const struct pci_function *f, unsigned offset, uint16_t value);
void pci_write8(const struct pci_function *f, unsigned offset, uint8_t value);

struct pci_bar {
	uint64_t base;  /* address or port; 0: not there, or the firmware gave it no place */
	uint32_t bytes; /* 0: not there; at most 2 GiB is said */
	bool is_io;
};

/* BAR n (0-5) with its size, which is found by writing to it: decoding is off meanwhile. */
struct pci_bar pci_bar(const struct pci_function *f, unsigned n);

/* The offset of the next capability with this id (PCI_CAP_ID_*) behind `after`, 0 to begin; 0:
 * none. */
unsigned pci_find_capability(const struct pci_function *f, unsigned id, unsigned after);

/* Lets it answer on ports or memory, master the bus, and raise its interrupt; out of D3. */
void pci_enable(const struct pci_function *f);

/*
 * Has it signal its one interrupt by that message (PCI 3.0, 6.8; MSI, else
 * MSI-X entry 0 for everything); after pci_enable(). False: it can do neither;
 * INTx is untouched.
 */
bool pci_set_msi(const struct pci_function *f, uint32_t address, uint32_t data);

#endif
