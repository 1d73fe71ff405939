/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 80 x 25 color text screen of a VGA. */
#include "arch/x86/io.h"
#include "core/util.h"
#include "drivers/vga_text.h"

/* Color emulation addresses (IBM VGA/XGA Technical Reference, chapter 2). */
#define CRTC_INDEX         0x3D4
#define CRTC_DATA          0x3D5
#define CRTC_CURSOR_HIGH   0x0E
#define CRTC_CURSOR_LOW    0x0F
#define ATTRIBUTE_PORT     0x3C0 /* index and data in turns */
#define ATTRIBUTE_READ     0x3C1
#define INPUT_STATUS_1     0x3DA /* reading it makes the next write an index */
#define ATTRIBUTE_MODE     0x10
#define ATTRIBUTE_VIDEO_ON 0x20
#define MODE_BLINK         0x08

#define TAB_STOP 8u

bool vga_text_present(volatile void *base)
{
	volatile uint16_t *cell = base;
	uint16_t first = cell[0], second = cell[1];
	bool keeps;

	cell[0] = 0x0741;
	cell[1] = 0x07BE; /* so that a floating bus does not echo the first value */
	keeps = cell[0] == 0x0741 && cell[1] == 0x07BE;
	cell[0] = first;
	cell[1] = second;
	return keeps;
}

static uint16_t cell_of(const struct vga_text *v, char c)
{
	return (uint16_t)((unsigned)v->attribute << 8 | (uint8_t)c);
}

static void blank(struct vga_text *v, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		v->cells[first + i] = cell_of(v, ' ');
}

void vga_text_init(struct vga_text *v, volatile void *base)
{
	*v = (struct vga_text){.cells = base, .attribute = VGA_TEXT_LIGHT_GREY};
	blank(v, 0, VGA_TEXT_CELLS);
}

static void scroll(struct vga_text *v)
{
	unsigned kept = VGA_TEXT_CELLS - VGA_TEXT_COLUMNS;

	for (unsigned i = 0; i < kept; i++)
		v->cells[i] = v->cells[i + VGA_TEXT_COLUMNS];
	blank(v, kept, VGA_TEXT_COLUMNS);
}

static void new_line(struct vga_text *v)
{
	v->column = 0;
	if (v->row + 1 < VGA_TEXT_ROWS)
		v->row++;
	else
		scroll(v);
}

static void put_glyph(struct vga_text *v, char c)
{
	if (v->column == VGA_TEXT_COLUMNS)
		new_line(v);
	v->cells[v->row * VGA_TEXT_COLUMNS + v->column] = cell_of(v, c);
	v->column++;
}

void vga_text_putc(struct vga_text *v, char c)
{
	switch (c) {
	case '\n':
		new_line(v);
		break;
	case '\r':
		v->column = 0;
		break;
	case '\t':
		v->column = MIN(ALIGN_UP(v->column + 1, TAB_STOP), VGA_TEXT_COLUMNS);
		break;
	case '\b':
		if (v->column > 0)
			v->column--;
		break;
	default:
		put_glyph(v, c);
	}
}

void vga_text_write(struct vga_text *v, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vga_text_putc(v, buf[i]);
}

void vga_text_sync_cursor(const struct vga_text *v)
{
	unsigned at = v->row * VGA_TEXT_COLUMNS + MIN(v->column, VGA_TEXT_COLUMNS - 1);

	outb(CRTC_INDEX, CRTC_CURSOR_HIGH);
	outb(CRTC_DATA, (uint8_t)(at >> 8));
	outb(CRTC_INDEX, CRTC_CURSOR_LOW);
	outb(CRTC_DATA, (uint8_t)at);
}

void vga_text_blink_off(void)
{
	uint8_t mode;

	inb(INPUT_STATUS_1);
	outb(ATTRIBUTE_PORT, ATTRIBUTE_VIDEO_ON | ATTRIBUTE_MODE);
	mode = inb(ATTRIBUTE_READ);
	outb(ATTRIBUTE_PORT, mode & (uint8_t)~MODE_BLINK);
	inb(INPUT_STATUS_1);
}
