/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in a linear framebuffer. */
#include "drivers/framebuffer.h"

#include "core/errno.h"
#include "core/util.h"
#include "drivers/glyphs.h"

#define PIXEL_BYTES_MAX 4u
#define BYTES_MAX       MIB(256)

/* Of the VGA's default palette: red, green, blue. */
static const uint8_t palette[16][3] = {
	{0x00, 0x00, 0x00}, {0x00, 0x00, 0xAA}, {0x00, 0xAA, 0x00}, {0x00, 0xAA, 0xAA},
	{0xAA, 0x00, 0x00}, {0xAA, 0x00, 0xAA}, {0xAA, 0x55, 0x00}, {0xAA, 0xAA, 0xAA},
	{0x55, 0x55, 0x55}, {0x55, 0x55, 0xFF}, {0x55, 0xFF, 0x55}, {0x55, 0xFF, 0xFF},
	{0xFF, 0x55, 0x55}, {0xFF, 0x55, 0xFF}, {0xFF, 0xFF, 0x55}, {0xFF, 0xFF, 0xFF},
};

static bool is_usable(const struct framebuffer *fb, struct framebuffer_field f)
{
	return f.bits >= 1 && f.shift + f.bits <= fb->bits;
}

static uint32_t scaled(struct framebuffer_field f, uint8_t value)
{
	return (f.bits <= 8 ? (uint32_t)value >> (8 - f.bits) : (uint32_t)value << (f.bits - 8))
	       << f.shift;
}

int framebuffer_init(struct framebuffer *fb)
{
	uint64_t bytes = (uint64_t)fb->pitch * fb->height;

	fb->pixel_bytes = (uint8_t)((fb->bits + 7) / 8);
	if (fb->bits != 15 && fb->bits != 16 && fb->bits != 24 && fb->bits != 32)
		return -EINVAL;
	if (!is_usable(fb, fb->red) || !is_usable(fb, fb->green) || !is_usable(fb, fb->blue))
		return -EINVAL;
	if (fb->width < GLYPH_WIDTH || fb->height < GLYPH_HEIGHT || bytes > BYTES_MAX ||
	    fb->pitch / fb->pixel_bytes < fb->width)
		return -EINVAL;
	fb->bytes = (uint32_t)bytes;
	for (unsigned i = 0; i < ARRAY_SIZE(palette); i++)
		fb->colors[i] = scaled(fb->red, palette[i][0]) | scaled(fb->green, palette[i][1]) |
				scaled(fb->blue, palette[i][2]);
	return 0;
}

/* At any address: a pitch need not be a multiple of four. */
struct word {
	uint32_t value;
} PACKED;

void framebuffer_clear(const struct framebuffer *fb)
{
	for (uint32_t at = 0; at + 4 <= fb->bytes; at += 4)
		((volatile struct word *)&fb->base[at])->value = 0;
}

void framebuffer_draw(const struct framebuffer *fb, unsigned row, unsigned column, uint16_t look)
{
	uint32_t ink = fb->colors[look >> 8 & 0xF], paper = fb->colors[look >> 12];
	uint32_t line_bytes = GLYPH_WIDTH * fb->pixel_bytes; /* a multiple of 4 */
	volatile uint8_t *to = fb->base + row * GLYPH_HEIGHT * fb->pitch + column * line_bytes;
	uint8_t line[GLYPH_WIDTH * PIXEL_BYTES_MAX];

	for (unsigned y = 0; y < GLYPH_HEIGHT; y++, to += fb->pitch) {
		unsigned bits = glyph_rows[look & 0xFF][y / 4] >> y % 4 * 8;

		for (unsigned x = 0; x < GLYPH_WIDTH; x++) /* each overwrites what is too much */
			((struct word *)&line[x * fb->pixel_bytes])->value =
				bits & 0x80u >> x ? ink : paper;
		for (unsigned i = 0; i < line_bytes; i += 4)
			((volatile struct word *)&to[i])->value = ((struct word *)&line[i])->value;
	}
}
