/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port and MMIO access. */
#ifndef GATEHOUSE_ARCH_X86_IO_H
#define GATEHOUSE_ARCH_X86_IO_H

#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint16_t inw(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t mmio_read32(const volatile void *p)
{
	return *(const volatile uint32_t *)p;
}

static inline void mmio_write32(volatile void *p, uint32_t value)
{
	*(volatile uint32_t *)p = value;
}

static inline uint16_t mmio_read16(const volatile void *p)
{
	return *(const volatile uint16_t *)p;
}

static inline void mmio_write16(volatile void *p, uint16_t value)
{
	*(volatile uint16_t *)p = value;
}

static inline uint8_t mmio_read8(const volatile void *p)
{
	return *(const volatile uint8_t *)p;
}

static inline void mmio_write8(volatile void *p, uint8_t value)
{
	*(volatile uint8_t *)p = value;
}

/*
 * Maps bytes (more than 0) of device memory at any physical address, uncached,
 * for ever (paging.c). NULL when the room for such mappings is used up.
 */
volatile void *mmio_map(uint64_t hpa, uint32_t bytes);

#endif
