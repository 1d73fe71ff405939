/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in a linear framebuffer of 15, 16, 24 or 32 bits a pixel. It is written, never read. */
#ifndef GATEHOUSE_DRIVERS_FRAMEBUFFER_H
#define GATEHOUSE_DRIVERS_FRAMEBUFFER_H

#include "core/types.h"

/* A color's place in a pixel. */
struct framebuffer_field {
	uint8_t shift, bits;
};

struct framebuffer {
	volatile uint8_t *base;
	uint32_t pitch, width, height; /* bytes a line; pixels */
	uint8_t bits;                  /* a pixel */
	struct framebuffer_field red, green, blue;
	uint32_t bytes; /* the rest: framebuffer_init() */
	uint8_t pixel_bytes;
	uint32_t colors[16]; /* the VGA's, as pixels */
};

/* The fields up to bytes are given. -EINVAL: they make no sense, or such pixels are not known. */
int framebuffer_init(struct framebuffer *fb);

/* All black; takes milliseconds. */
void framebuffer_clear(const struct framebuffer *fb);

/*
 * Draws a glyph (glyphs.h) in the cell of GLYPH_WIDTH x GLYPH_HEIGHT pixels;
 * look: its number, and a VGA attribute in the high byte. The cell is on the screen.
 */
void framebuffer_draw(const struct framebuffer *fb, unsigned row, unsigned column, uint16_t look);

#endif
