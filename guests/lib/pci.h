/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration ports, and accesses to device memory that are a mov each. */
#ifndef GATEHOUSE_GUESTS_LIB_PCI_H
#define GATEHOUSE_GUESTS_LIB_PCI_H

#include "guests/lib/types.h"

/* Configuration mechanism 1 (PCI 3.0, 3.2.2.3.2), bus 0, function 0. */
static inline void pci_address(unsigned slot, uint32_t offset)
{
	__asm__ volatile("outl %0, %%dx"
			 :
			 : "a"(0x80000000u | slot << 11 | (offset & 0xFC)), "d"(0xCF8));
}

static inline uint32_t pci_read(unsigned slot, uint32_t offset, unsigned size)
{
	uint32_t value = 0;

	pci_address(slot, offset);
	if (size == 1)
		__asm__ volatile("inb %%dx, %%al" : "+a"(value) : "d"(0xCFC + (offset & 3)));
	else if (size == 2)
		__asm__ volatile("inw %%dx, %%ax" : "+a"(value) : "d"(0xCFC + (offset & 3)));
	else
		__asm__ volatile("inl %%dx, %%eax" : "+a"(value) : "d"(0xCFC));
	return value;
}

static inline void pci_write(unsigned slot, uint32_t offset, unsigned size, uint32_t value)
{
	pci_address(slot, offset);
	if (size == 1)
		__asm__ volatile("outb %%al, %%dx" : : "a"(value), "d"(0xCFC + (offset & 3)));
	else if (size == 2)
		__asm__ volatile("outw %%ax, %%dx" : : "a"(value), "d"(0xCFC + (offset & 3)));
	else
		__asm__ volatile("outl %%eax, %%dx" : : "a"(value), "d"(0xCFC));
}

/* A mov each, whatever the compiler thinks. */
static inline uint32_t mmio_read(volatile uint8_t *at, unsigned size)
{
	uint32_t value;
	uint8_t byte;
	uint16_t word;

	if (size == 1) {
		__asm__ volatile("movb %1, %0" : "=q"(byte) : "m"(*at) : "memory");
		return byte;
	}
	if (size == 2) {
		__asm__ volatile("movw %1, %0" : "=r"(word) : "m"(*at) : "memory");
		return word;
	}
	__asm__ volatile("movl %1, %0" : "=r"(value) : "m"(*at) : "memory");
	return value;
}

static inline void mmio_write(volatile uint8_t *at, unsigned size, uint32_t value)
{
	if (size == 1)
		__asm__ volatile("movb %b1, %0" : "=m"(*at) : "q"(value) : "memory");
	else if (size == 2)
		__asm__ volatile("movw %w1, %0" : "=m"(*at) : "r"(value) : "memory");
	else
		__asm__ volatile("movl %1, %0" : "=m"(*at) : "r"(value) : "memory");
}

#endif
