/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the VGA's text: what is written where, and that the probe leaves no trace. */
/* unit-sources: drivers/vga_text.c drivers/glyphs.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/vga_text.h"

#include "test/unit/fake_io.h"
#include "test/unit/unit.h"

#define GUARD 0x1234

static uint16_t screen[VGA_TEXT_CELLS + 1];

/* The registers that are used, and the attribute controller's order of index and data. */
static uint8_t crtc[32], crtc_index, attributes[32], attribute_index;
static bool next_is_data, no_crtc;

void outb(uint16_t port, uint8_t value)
{
	if (port == 0x3D4) {
		crtc_index = value;
	} else if (port == 0x3D5) {
		crtc[crtc_index] = no_crtc ? 0xFF : value;
	} else {
		assert_int_equal(port, 0x3C0);
		if (next_is_data)
			attributes[attribute_index & 0x1F] = value;
		else
			attribute_index = value;
		next_is_data = !next_is_data;
	}
}

uint8_t inb(uint16_t port)
{
	if (port == 0x3DA)
		next_is_data = false;
	if (port == 0x3D5)
		return no_crtc ? 0xFF : crtc[crtc_index];
	return port == 0x3C1 ? attributes[attribute_index & 0x1F] : 0xFF;
}

static void test_init(void **state)
{
	(void)state;
	screen[VGA_TEXT_CELLS] = GUARD;
	crtc[0x0A] = 13;
	attributes[0x10] = 0x0C;
	next_is_data = true; /* nobody knows */
	vga_text_init(screen);
	for (unsigned i = 0; i < VGA_TEXT_CELLS; i++)
		assert_int_equal(screen[i], 0x0720);
	assert_int_equal(screen[VGA_TEXT_CELLS], GUARD);
	assert_int_equal(crtc[0x0A], 13 | 0x20); /* no cursor */
	assert_int_equal(attributes[0x10], 0x04);
	assert_int_equal(attribute_index & 0x20, 0x20); /* or the picture is off */
}

static void test_draw(void **state)
{
	(void)state;
	vga_text_draw(screen, 79, 0x1F00 | 'x');
	vga_text_draw(screen, VGA_TEXT_CELLS - 1, 0x8001);
	vga_text_draw(screen, 0, 0x07E4);
	assert_int_equal(screen[79], 0x1F00 | 'x');
	assert_int_equal(screen[VGA_TEXT_CELLS - 1], 0x80C4); /* a horizontal line */
	assert_int_equal(screen[0], 0x0784);                  /* a with two dots */
	assert_int_equal(screen[VGA_TEXT_CELLS], GUARD);
}

static void test_presence_probe_restores(void **state)
{
	(void)state;
	screen[0] = 0x1234;
	screen[1] = 0x5678;
	crtc[0x0F] = 0x42;
	assert_true(vga_text_present(screen));
	assert_int_equal(screen[0], 0x1234);
	assert_int_equal(screen[1], 0x5678);
	assert_int_equal(crtc[0x0F], 0x42);
}

/* Firmware left RAM at its address: that keeps everything, and is no screen. */
static void test_ram_is_no_screen(void **state)
{
	(void)state;
	no_crtc = true;
	assert_false(vga_text_present(screen));
	no_crtc = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_presence_probe_restores),
		cmocka_unit_test(test_ram_is_no_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
