/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves text in a framebuffer: every pixel of every format, and nothing beside it. */
/* unit-sources: drivers/framebuffer.c drivers/glyphs.c */
#include "drivers/framebuffer.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "drivers/glyphs.h"
#include "test/unit/unit.h"

#define UNTOUCHED 0x5A

static struct unit_random random_source = {88172645463325252ull};

static unsigned any(unsigned limit)
{
	return (unsigned)(unit_random(&random_source) % limit);
}

/* As boot loaders describe them: red, green, blue. */
static const struct framebuffer formats[] = {
	{.bits = 15, .red = {10, 5}, .green = {5, 5}, .blue = {0, 5}},
	{.bits = 16, .red = {11, 5}, .green = {5, 6}, .blue = {0, 5}},
	{.bits = 24, .red = {16, 8}, .green = {8, 8}, .blue = {0, 8}},
	{.bits = 32, .red = {16, 8}, .green = {8, 8}, .blue = {0, 8}},
	{.bits = 32, .red = {0, 8}, .green = {8, 8}, .blue = {16, 8}},
	{.bits = 32, .red = {24, 8}, .green = {16, 8}, .blue = {8, 8}},
	{.bits = 32, .red = {20, 10}, .green = {10, 10}, .blue = {0, 10}},
};

/* What a monitor would make of a pixel: eight bits a color. */
static unsigned seen(const struct framebuffer *fb, const uint8_t *at, struct framebuffer_field f)
{
	uint64_t pixel = 0;
	unsigned value;

	for (unsigned i = 0; i < (fb->bits + 7u) / 8; i++)
		pixel |= (uint64_t)at[i] << 8 * i;
	value = (unsigned)(pixel >> f.shift) & ((1u << f.bits) - 1);
	return f.bits <= 8 ? value << (8 - f.bits) : value >> (f.bits - 8);
}

/* Bit 3 is 0x55 for all, bits 2 to 0 are 0xAA for red, green, blue; brown is dark yellow. */
static unsigned wanted(unsigned color, unsigned bit)
{
	unsigned value = (color & 8 ? 0x55 : 0) + (color & bit ? 0xAA : 0);

	return color == 6 && bit == 2 ? 0x55 : value;
}

static void assert_pixel(const struct framebuffer *fb, const uint8_t *at, unsigned color)
{
	const struct framebuffer_field fields[] = {fb->red, fb->green, fb->blue};

	for (unsigned i = 0; i < 3; i++) {
		unsigned mask = fields[i].bits < 8 ? 0xFF00u >> fields[i].bits & 0xFF : 0xFF;

		assert_int_equal(seen(fb, at, fields[i]), wanted(color, 4 >> i) & mask);
	}
}

static void assert_cell(const struct framebuffer *fb, const uint8_t *base, unsigned row,
			unsigned column, uint16_t look)
{
	unsigned bytes = (fb->bits + 7u) / 8;

	for (unsigned y = 0; y < 16; y++)
		for (unsigned x = 0; x < 8; x++) {
			uint32_t line = glyph_rows[look & 0xFF][y / 4] >> 8 * (y % 4) & 0xFF;
			bool is_ink = line & 0x80 >> x;

			assert_pixel(fb,
				     base + (row * 16 + y) * fb->pitch + (column * 8 + x) * bytes,
				     is_ink ? look >> 8 & 15 : look >> 12);
		}
}

/* A small screen of that format: all its cells are drawn, some twice. */
static void check_format(struct framebuffer fb, unsigned columns, unsigned rows, unsigned padding)
{
	uint16_t looks[8][8];
	uint8_t *memory;

	fb.width = columns * 8 + any(8);
	fb.height = rows * 16 + any(16);
	fb.pitch = fb.width * ((fb.bits + 7u) / 8) + padding;
	memory = malloc(fb.pitch * fb.height);
	memset(memory, UNTOUCHED, fb.pitch * fb.height);
	fb.base = memory;
	assert_int_equal(framebuffer_init(&fb), 0);
	assert_int_equal(fb.bytes, fb.pitch * fb.height);
	for (unsigned i = 0; i < 2 * rows * columns; i++) {
		unsigned row = i / columns % rows, column = i % columns;

		looks[row][column] = (uint16_t)any(0x10000);
		framebuffer_draw(&fb, row, column, looks[row][column]);
	}
	for (unsigned row = 0; row < rows; row++)
		for (unsigned column = 0; column < columns; column++)
			assert_cell(&fb, memory, row, column, looks[row][column]);
	for (unsigned y = 0; y < fb.height; y++) {
		unsigned drawn = y < rows * 16 ? columns * 8 * ((fb.bits + 7u) / 8) : 0;

		for (unsigned i = drawn; i < fb.pitch; i++)
			assert_int_equal(memory[y * fb.pitch + i], UNTOUCHED);
	}
	framebuffer_clear(&fb);
	for (unsigned i = 0; i + 3 < fb.bytes; i++)
		assert_int_equal(memory[i], 0);
	free(memory);
}

static void test_every_format(void **state)
{
	(void)state;
	for (unsigned f = 0; f < ARRAY_SIZE(formats); f++)
		for (unsigned padding = 0; padding < 70; padding += padding < 5 ? 1 : 32)
			check_format(formats[f], 1 + any(6), 1 + any(4), padding);
}

static void test_what_is_refused(void **state)
{
	static const struct framebuffer wrong[] = {
		{.bits = 8}, {.bits = 0}, {.bits = 48}, {.bits = 17}, {.bits = 14},
	};
	struct framebuffer fb, good = formats[3];

	(void)state;
	good.width = 1024;
	good.height = 768;
	good.pitch = 4096;
	assert_int_equal(framebuffer_init(&good), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		fb = good;
		fb.bits = wrong[i].bits;
		assert_true(framebuffer_init(&fb) < 0);
	}
#define REFUSED(member, value)                                                                     \
	do {                                                                                       \
		fb = good;                                                                         \
		fb.member = value;                                                                 \
		assert_true(framebuffer_init(&fb) < 0);                                            \
	} while (0)
	REFUSED(width, 1025);
	REFUSED(width, 7);
	REFUSED(width, 0);
	REFUSED(width, 0x40000400);
	REFUSED(height, 15);
	REFUSED(height, 0x80000);
	REFUSED(height, UINT32_MAX);
	REFUSED(pitch, 4092);
	REFUSED(pitch, 0);
	REFUSED(pitch, UINT32_MAX);
	REFUSED(red.bits, 0);
	REFUSED(green.shift, 25);
	REFUSED(blue.bits, 33);
	REFUSED(blue.shift, 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format),
		cmocka_unit_test(test_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
