/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interrupt hardware of a PC: 16 ISA lines into two 8259s with an ELCR, and
 * into the first pins of I/O APICs. Lines and pins are what the test makes them.
 */
#ifndef GATEHOUSE_TEST_UNIT_IRQ_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_IRQ_FIXTURE_H

#include "test/unit/fake_io.h"

#include "drivers/ioapic.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define CHIPS        3 /* I/O APICs */
#define CHIP_AT(n)   (0xFEC00000u + 0x1000u * (n))
#define PINS         24
#define MASKED       0x10000u
#define LEVEL        0x8000u
#define ACTIVE_LOW   0x2000u
#define REMOTE_IRR   0x4000u
#define NO_INTERRUPT 0x1000u

struct fake_ioapic {
	uint32_t index, id, version, bits; /* bits: what can be written of an entry */
	uint32_t low[PINS], high[PINS];
	bool latched[PINS]; /* an edge came */
};

struct fake_8259 {
	uint8_t mask, irr, isr, base, elcr;
	unsigned icw; /* initialization words still to come */
	bool reads_isr;
};

static struct fake_ioapic chips[CHIPS];
static struct fake_8259 pics[2];
static bool has_elcr;
static uint16_t wires;     /* bit n: line n is high */
static uint8_t in_service; /* vector of an I/O APIC whose EOI is to come; 0: none */
static unsigned maps, eois;
static char last_log[200];

/* ---- two 8259s ---- */

static void fake_pic_command(struct fake_8259 *p, uint8_t value)
{
	if (value & 0x10) {
		*p = (struct fake_8259){.icw = 3, .elcr = p->elcr};
	} else if (value & 0x08) {
		p->reads_isr = (value & 3) == 3;
	} else {
		assert_int_equal(value, 0x20);
		assert_int_not_equal(p->isr, 0); /* an EOI too many would end somebody else's */
		p->isr &= (uint8_t)(p->isr - 1);
	}
}

static void fake_pic_data(struct fake_8259 *p, uint8_t value)
{
	if (p->icw == 3)
		p->base = value;
	if (p->icw)
		p->icw--;
	else
		p->mask = value;
}

void outb(uint16_t port, uint8_t value)
{
	if (port == 0x20 || port == 0xA0)
		fake_pic_command(&pics[port == 0xA0], value);
	else if (port == 0x21 || port == 0xA1)
		fake_pic_data(&pics[port == 0xA1], value);
	else if (port == 0x4D0 || port == 0x4D1)
		pics[port & 1].elcr = value;
	else
		assert_int_equal(port, 0x80);
}

uint8_t inb(uint16_t port)
{
	if (port == 0x4D0 || port == 0x4D1)
		return has_elcr ? pics[port & 1].elcr : 0xFF;
	assert_true(port == 0x20 || port == 0xA0);
	return pics[port == 0xA0].reads_isr ? pics[port == 0xA0].isr : pics[port == 0xA0].irr;
}

static unsigned lowest_bit(unsigned bits)
{
	return bits ? (unsigned)__builtin_ctz(bits) : 8;
}

/* The line it would signal, 8 for none. */
static unsigned fake_pic_pending(struct fake_8259 *p, uint8_t high)
{
	p->irr = (uint8_t)((p->irr & ~p->elcr) | (high & p->elcr));
	unsigned line = lowest_bit(p->irr & (uint8_t)~p->mask);

	return line < lowest_bit(p->isr) ? line : 8;
}

static uint8_t fake_pic_accept(struct fake_8259 *p, unsigned line)
{
	p->isr |= (uint8_t)(1u << line);
	p->irr &= (uint8_t) ~(1u << line);
	return (uint8_t)(p->base + line);
}

static unsigned accept_from_pics(void)
{
	unsigned slave = fake_pic_pending(&pics[1], (uint8_t)(wires >> 8));
	unsigned line;

	pics[0].irr = (uint8_t)((pics[0].irr & ~4) | (slave < 8 ? 4 : 0));
	line = fake_pic_pending(&pics[0], (uint8_t)wires);
	if (line == 8)
		return NO_INTERRUPT;
	if (line != 2)
		return fake_pic_accept(&pics[0], line);
	fake_pic_accept(&pics[0], 2);
	return fake_pic_accept(&pics[1], slave);
}

/* ---- I/O APICs; the pins of the first are wired to the lines ---- */

static struct fake_ioapic *chip_of(const volatile void *p)
{
	uintptr_t n = ((uintptr_t)p >> 12) & 0xF;

	assert_true((uintptr_t)p >> 16 == 0xFEC0 && n < CHIPS);
	return &chips[n];
}

static uint32_t *fake_register(struct fake_ioapic *io)
{
	unsigned pin = (io->index - 0x10) / 2;

	if (io->index < 0x10)
		return io->index == 0 ? &io->id : &io->version;
	assert_true(pin < PINS);
	return io->index & 1 ? &io->high[pin] : &io->low[pin];
}

uint32_t mmio_read32(const volatile void *p)
{
	struct fake_ioapic *io = chip_of(p);

	assert_int_equal((uintptr_t)p & 0xFFF, 0x10);
	return *fake_register(io);
}

void mmio_write32(volatile void *p, uint32_t value)
{
	struct fake_ioapic *io = chip_of(p);

	if (((uintptr_t)p & 0xFFF) == 0) {
		io->index = value;
		return;
	}
	assert_int_equal((uintptr_t)p & 0xFFF, 0x10);
	assert_int_not_equal(io->index, 1);
	if (io->index >= 0x10 && !(io->index & 1))
		value = (value & io->bits) | (*fake_register(io) & REMOTE_IRR);
	*fake_register(io) = value;
}

volatile void *mmio_map(uint64_t hpa, uint32_t bytes)
{
	maps++;
	assert_true(bytes >= 0x14);
	return hpa < CHIP_AT(CHIPS) ? (volatile void *)(uintptr_t)hpa : NULL;
}

static bool pin_requests(struct fake_ioapic *io, unsigned pin)
{
	bool active = pin < 16 && (wires >> pin & 1) == !(io->low[pin] & ACTIVE_LOW);

	if (io->low[pin] & MASKED)
		return false;
	if (io->low[pin] & LEVEL)
		return active && !(io->low[pin] & REMOTE_IRR);
	return io->latched[pin];
}

static unsigned accept_from_ioapic(struct fake_ioapic *io)
{
	for (unsigned pin = 0; pin < PINS && !in_service; pin++) {
		if (!pin_requests(io, pin))
			continue;
		io->latched[pin] = false;
		if (io->low[pin] & LEVEL)
			io->low[pin] |= REMOTE_IRR;
		in_service = (uint8_t)io->low[pin];
		return in_service;
	}
	return NO_INTERRUPT;
}

void apic_eoi(void)
{
	eois++;
	for (unsigned pin = 0; pin < PINS; pin++)
		if (in_service && (uint8_t)chips[0].low[pin] == in_service)
			chips[0].low[pin] &= ~REMOTE_IRR;
	in_service = 0;
}

/* ---- the wires ---- */

static inline void set_wire(unsigned line, bool high)
{
	bool rises = high && !(wires >> line & 1);

	wires = (uint16_t)((wires & ~(1u << line)) | (unsigned)high << line);
	if (!rises)
		return;
	chips[0].latched[line] |= !(chips[0].low[line] & (MASKED | LEVEL));
	if (!(pics[line / 8].elcr >> line % 8 & 1))
		pics[line / 8].irr |= (uint8_t)(1u << line % 8);
}

/* What the CPU takes next. */
static inline unsigned accept_interrupt(void)
{
	unsigned vector = accept_from_ioapic(&chips[0]);

	return vector == NO_INTERRUPT ? accept_from_pics() : vector;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(last_log, sizeof(last_log), fmt, args);
	va_end(args);
}

static void reset_hardware(void)
{
	memset(chips, 0, sizeof(chips));
	memset(pics, 0, sizeof(pics));
	for (unsigned i = 0; i < CHIPS; i++) {
		chips[i].version = (PINS - 1) << 16 | 0x20;
		chips[i].bits = 0x1AFFF;
		for (unsigned pin = 0; pin < PINS; pin++)
			chips[i].low[pin] = MASKED;
	}
	has_elcr = true;
	wires = 0;
	in_service = 0;
	maps = eois = 0;
	last_log[0] = 0;
}

#endif
