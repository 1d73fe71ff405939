/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259A interrupt controllers of a PC. */
#include "arch/x86/io.h"
#include "drivers/pic8259.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA    0x21
#define SLAVE_COMMAND  0xA0
#define SLAVE_DATA     0xA1

#define ICW1_INIT_ICW4    0x11 /* edge-triggered, cascaded, ICW4 follows */
#define ICW3_MASTER_SLAVE 0x04 /* the slave is on line 2 */
#define ICW3_SLAVE_ID     0x02
#define ICW4_8086         0x01
#define OCW2_EOI          0x20
#define OCW3_READ_ISR     0x0B

#define ELCR       0x4D0   /* lines 0-7, and 8-15 behind it */
#define ELCR_EDGES 0x2107u /* 0, 1, 2, 8 and 13: their bits are never set */

#define CASCADE_LINE 2u
#define SLAVE_LINES  0xFF00u
#define ALL_LINES    0xFFFFu
#define WAIT_PORT    0x80 /* POST code port: a write takes about 1 us */

static uint16_t masked = ALL_LINES;
static unsigned spurious_count;

/* Old chips need a moment between command words. */
static void write_slowly(uint16_t port, uint8_t value)
{
	outb(port, value);
	outb(WAIT_PORT, 0);
}

static void write_masks(void)
{
	outb(MASTER_DATA, (uint8_t)masked);
	outb(SLAVE_DATA, (uint8_t)(masked >> 8));
}

static void set_mask(uint16_t lines)
{
	masked = lines | (1u << CASCADE_LINE);
	if ((masked & SLAVE_LINES) != SLAVE_LINES)
		masked &= (uint16_t) ~(1u << CASCADE_LINE);
	write_masks();
}

void pic_init(uint8_t vector_base)
{
	outb(MASTER_DATA, 0xFF);
	outb(SLAVE_DATA, 0xFF);
	write_slowly(MASTER_COMMAND, ICW1_INIT_ICW4);
	write_slowly(SLAVE_COMMAND, ICW1_INIT_ICW4);
	write_slowly(MASTER_DATA, vector_base);
	write_slowly(SLAVE_DATA, (uint8_t)(vector_base + 8));
	write_slowly(MASTER_DATA, ICW3_MASTER_SLAVE);
	write_slowly(SLAVE_DATA, ICW3_SLAVE_ID);
	write_slowly(MASTER_DATA, ICW4_8086);
	write_slowly(SLAVE_DATA, ICW4_8086);
	pic_mask_all();
}

void pic_mask(unsigned line)
{
	if (line < PIC_LINES)
		set_mask((uint16_t)(masked | 1u << line));
}

void pic_unmask(unsigned line)
{
	if (line < PIC_LINES)
		set_mask((uint16_t)(masked & ~(1u << line)));
}

void pic_mask_all(void)
{
	set_mask(ALL_LINES);
}

static uint16_t read_elcr(void)
{
	return (uint16_t)(inb(ELCR) | inb(ELCR + 1) << 8);
}

bool pic_is_level(unsigned line)
{
	uint16_t elcr = read_elcr();

	return !(elcr & ELCR_EDGES) && line < PIC_LINES && elcr >> line & 1;
}

void pic_set_level(unsigned line)
{
	uint16_t elcr = read_elcr();

	if (line >= PIC_LINES || (elcr | 1u << line) & ELCR_EDGES)
		return;
	elcr |= (uint16_t)(1u << line);
	outb(ELCR, (uint8_t)elcr);
	outb(ELCR + 1, (uint8_t)(elcr >> 8));
}

bool pic_is_spurious(unsigned line)
{
	uint16_t command = line < 8 ? MASTER_COMMAND : SLAVE_COMMAND;

	if (line != 7 && line != 15)
		return false;
	outb(command, OCW3_READ_ISR);
	if (inb(command) & 0x80)
		return false;
	if (line == 15)
		outb(MASTER_COMMAND, OCW2_EOI);
	spurious_count++;
	return true;
}

unsigned pic_spurious_count(void)
{
	return spurious_count;
}

void pic_eoi(unsigned line)
{
	if (line >= 8)
		outb(SLAVE_COMMAND, OCW2_EOI);
	outb(MASTER_COMMAND, OCW2_EOI);
}
