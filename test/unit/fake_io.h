/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch/x86/io.h for drivers under test: ports and device memory are functions
 * of the test. The driver's sources get it by -include, the test includes it.
 */
#ifndef GATEHOUSE_TEST_UNIT_FAKE_IO_H
#define GATEHOUSE_TEST_UNIT_FAKE_IO_H

#define GATEHOUSE_ARCH_X86_IO_H /* keeps the real one out */

#include <stdint.h>

void outb(uint16_t port, uint8_t value);
void outw(uint16_t port, uint16_t value);
void outl(uint16_t port, uint32_t value);
uint8_t inb(uint16_t port);
uint16_t inw(uint16_t port);
uint32_t inl(uint16_t port);
uint8_t mmio_read8(const volatile void *p);
uint16_t mmio_read16(const volatile void *p);
uint32_t mmio_read32(const volatile void *p);
void mmio_write8(volatile void *p, uint8_t value);
void mmio_write16(volatile void *p, uint16_t value);
void mmio_write32(volatile void *p, uint32_t value);
volatile void *mmio_map(uint64_t hpa, uint32_t bytes);

#endif
