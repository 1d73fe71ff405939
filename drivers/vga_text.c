/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 80 x 25 color text screen of a VGA. */
#include "arch/x86/io.h"
#include "drivers/glyphs.h"
#include "drivers/vga_text.h"

/* Color emulation addresses (IBM VGA/XGA Technical Reference, chapter 2). */
#define CRTC_INDEX         0x3D4
#define CRTC_DATA          0x3D5
#define CRTC_CURSOR_START  0x0A
#define CURSOR_OFF         0x20
#define CRTC_CURSOR_LOW    0x0F
#define ATTRIBUTE_PORT     0x3C0 /* index and data in turns */
#define ATTRIBUTE_READ     0x3C1
#define INPUT_STATUS_1     0x3DA /* reading it makes the next write an index */
#define ATTRIBUTE_MODE     0x10
#define ATTRIBUTE_VIDEO_ON 0x20
#define MODE_BLINK         0x08

/* Where no VGA decodes its ports, they read as ones and keep nothing. */
static bool has_crtc(void)
{
	uint8_t before, value;

	outb(CRTC_INDEX, CRTC_CURSOR_LOW);
	before = inb(CRTC_DATA);
	outb(CRTC_DATA, (uint8_t)~before);
	value = inb(CRTC_DATA);
	outb(CRTC_DATA, before);
	return (before ^ value) == 0xFF;
}

bool vga_text_present(volatile void *base)
{
	volatile uint16_t *cell = base;
	uint16_t first = cell[0], second = cell[1];
	bool keeps;

	if (!has_crtc())
		return false;
	cell[0] = 0x0741;
	cell[1] = 0x07BE; /* so that a floating bus does not echo the first value */
	keeps = cell[0] == 0x0741 && cell[1] == 0x07BE;
	cell[0] = first;
	cell[1] = second;
	return keeps;
}

static void blink_off(void)
{
	uint8_t mode;

	inb(INPUT_STATUS_1);
	outb(ATTRIBUTE_PORT, ATTRIBUTE_VIDEO_ON | ATTRIBUTE_MODE);
	mode = inb(ATTRIBUTE_READ);
	outb(ATTRIBUTE_PORT, mode & (uint8_t)~MODE_BLINK);
	inb(INPUT_STATUS_1);
}

void vga_text_init(volatile void *base)
{
	for (unsigned at = 0; at < VGA_TEXT_CELLS; at++)
		vga_text_draw(base, at, VGA_TEXT_PLAIN | ' ');
	outb(CRTC_INDEX, CRTC_CURSOR_START);
	outb(CRTC_DATA, inb(CRTC_DATA) | CURSOR_OFF);
	blink_off();
}

void vga_text_draw(volatile void *base, unsigned at, uint16_t look)
{
	((volatile uint16_t *)base)[at] = (look & 0xFF00) | glyph_cp437[look & 0xFF];
}
