/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the text screen against memory with guard cells around it. */
/* unit-sources: drivers/vga_text.c */
#include "drivers/vga_text.h"

#include <string.h>

#include "test/unit/unit.h"

#define GUARD 0xDEADu

static uint16_t memory[1 + VGA_TEXT_CELLS + 1];
static uint16_t *const screen = memory + 1;
static struct vga_text v;

static int reset(void **state)
{
	(void)state;
	memory[0] = memory[1 + VGA_TEXT_CELLS] = GUARD;
	vga_text_init(&v, screen);
	return 0;
}

static int check_guards(void **state)
{
	(void)state;
	return memory[0] != GUARD || memory[1 + VGA_TEXT_CELLS] != GUARD;
}

static void put(const char *s)
{
	vga_text_write(&v, s, strlen(s));
}

static uint16_t cell(unsigned row, unsigned column)
{
	return screen[row * VGA_TEXT_COLUMNS + column];
}

static void assert_row(unsigned row, const char *text)
{
	for (unsigned i = 0; i < VGA_TEXT_COLUMNS; i++) {
		uint8_t c = i < strlen(text) ? (uint8_t)text[i] : ' ';

		assert_int_equal(cell(row, i), VGA_TEXT_LIGHT_GREY << 8 | c);
	}
}

static void test_init_clears(void **state)
{
	(void)state;
	for (unsigned row = 0; row < VGA_TEXT_ROWS; row++)
		assert_row(row, "");
}

static void test_newline_return_tab_backspace(void **state)
{
	(void)state;
	put("abc\rX\nde\tf\b\bg");
	assert_row(0, "Xbc");
	assert_row(1, "de     gf");
	assert_int_equal(v.row, 1);
	assert_int_equal(v.column, 8);
	put("\r\b\b!");
	assert_row(1, "!e     gf");
}

static void test_full_line_wraps_only_when_needed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VGA_TEXT_COLUMNS; i++)
		put("x");
	assert_int_equal(v.row, 0);
	put("\ny");
	assert_row(1, "y");
	for (unsigned i = 1; i < VGA_TEXT_COLUMNS + 1; i++)
		put("z");
	assert_row(2, "z");
}

static void test_tab_at_the_end_stays_in_the_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++)
		put("\t");
	assert_int_equal(v.row, 0);
	assert_int_equal(v.column, VGA_TEXT_COLUMNS);
	put("q");
	assert_row(1, "q");
}

static void test_scroll(void **state)
{
	char line[] = "line A\n";

	(void)state;
	for (unsigned i = 0; i < VGA_TEXT_ROWS + 1; i++) {
		line[5] = (char)('A' + i);
		put(line);
	}
	assert_row(0, "line C");
	assert_row(VGA_TEXT_ROWS - 2, "line Z");
	assert_row(VGA_TEXT_ROWS - 1, "");
}

static void test_any_byte_stays_inside(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		random = random * 1664525u + 1013904223u;
		vga_text_putc(&v, (char)(random >> 24));
		assert_true(v.row < VGA_TEXT_ROWS && v.column <= VGA_TEXT_COLUMNS);
	}
}

static void test_presence_probe_restores(void **state)
{
	(void)state;
	put("hello");
	assert_true(vga_text_present(screen));
	assert_row(0, "hello");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_init_clears, reset, check_guards),
		cmocka_unit_test_setup_teardown(test_newline_return_tab_backspace, reset,
						check_guards),
		cmocka_unit_test_setup_teardown(test_full_line_wraps_only_when_needed, reset,
						check_guards),
		cmocka_unit_test_setup_teardown(test_tab_at_the_end_stays_in_the_row, reset,
						check_guards),
		cmocka_unit_test_setup_teardown(test_scroll, reset, check_guards),
		cmocka_unit_test_setup_teardown(test_any_byte_stays_inside, reset, check_guards),
		cmocka_unit_test_setup_teardown(test_presence_probe_restores, reset, check_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
