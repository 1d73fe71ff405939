/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the screen's text: a simple model of a terminal sees the same, and no change is forgotten.
 */
/* unit-sources: core/screen_text.c drivers/glyphs.c */
#include "core/screen_text.h"

#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "drivers/glyphs.h"
#include "test/unit/unit.h"

static struct screen_text t;
static uint16_t shown[SCREEN_ROWS][SCREEN_COLUMNS]; /* the real screen */

/* The model: plain rows that are moved. Colors as a VGA attribute. */
static struct {
	unsigned columns, rows, row, column;
	unsigned ink, paper;
	bool inverse;
	uint16_t cells[SCREEN_ROWS][SCREEN_COLUMNS];
} model;

static uint32_t seed = 1;

static unsigned any(unsigned limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % limit;
}

static void start(unsigned columns, unsigned rows)
{
	screen_text_init(&t, columns, rows);
	memset(&model, 0, sizeof(model));
	model.columns = columns;
	model.rows = rows;
	model.ink = 7;
	for (unsigned r = 0; r < SCREEN_ROWS; r++)
		for (unsigned c = 0; c < SCREEN_COLUMNS; c++)
			shown[r][c] = model.cells[r][c] = 0x0720;
}

static void write_text(const char *text)
{
	screen_text_write(&t, text, strlen(text));
}

/* Draws at most so many cells; none may be drawn that is right already. */
static bool draw(unsigned most)
{
	struct screen_cell cell;

	while (most--) {
		if (!screen_text_next(&t, &cell))
			return false;
		assert_true(cell.row < t.rows && cell.column < t.columns);
		assert_int_not_equal(shown[cell.row][cell.column], cell.look);
		shown[cell.row][cell.column] = cell.look;
	}
	return true;
}

static uint16_t inverted(uint16_t look)
{
	return (uint16_t)((look & 0xFF) | (look & 0xF000) >> 4 | (look & 0x0F00) << 4);
}

static void compare(void)
{
	assert_false(draw(UINT32_MAX));
	for (unsigned r = 0; r < model.rows; r++)
		for (unsigned c = 0; c < model.columns; c++) {
			uint16_t look = model.cells[r][c];

			if (r == model.row && c == MIN(model.column, model.columns - 1))
				look = inverted(look);
			assert_int_equal(shown[r][c], look);
		}
}

/* ---- what the model does ---- */

static void model_newline(void)
{
	model.column = 0;
	if (++model.row < model.rows)
		return;
	model.row--;
	memmove(model.cells[0], model.cells[1], sizeof(model.cells[0]) * (model.rows - 1));
	for (unsigned c = 0; c < model.columns; c++)
		model.cells[model.row][c] = 0x0720;
}

static void model_put(uint8_t glyph)
{
	uint16_t look = (uint16_t)(model.paper << 12 | model.ink << 8 | glyph);

	if (model.column == model.columns)
		model_newline();
	model.cells[model.row][model.column++] = model.inverse ? inverted(look) : look;
}

static void model_erase(unsigned r, unsigned first, unsigned last)
{
	for (unsigned c = first; c <= last && c < model.columns; c++)
		model.cells[r][c] = 0x0720;
}

/* ---- random terminal output, each piece told to both ---- */

static void some_text(void)
{
	static const struct {
		const char *utf8;
		uint8_t glyph;
	} more[] = {
		{"\u00e4", 0xE4}, {"\u00ff", 0xFF}, {"\u00a0", 0xA0},     {"\u2500", 0x01},
		{"\u2502", 0x02}, {"\u2190", 0x80}, {"\u4e2d", '?'},      {"\U0001F600", '?'},
		{"\xFF", '?'},    {"\x80", '?'},    {"\u00df\xC0", 0xDF},
	};
	unsigned n = any(ARRAY_SIZE(more) + 40);
	char c;

	if (n < ARRAY_SIZE(more)) {
		write_text(more[n].utf8);
		model_put(more[n].glyph);
		if (more[n].glyph == 0xDF)
			model_put('?');
		return;
	}
	for (n = any(30); n; n--) {
		c = (char)(' ' + any(95));
		screen_text_write(&t, &c, 1);
		model_put((uint8_t)c);
	}
}

static void some_control(void)
{
	static const char controls[] = "\n\r\t\b\a\f\v\177";
	char c = controls[any(sizeof(controls))]; /* the last is NUL */

	screen_text_write(&t, &c, 1);
	if (c == '\n')
		model_newline();
	if (c == '\r')
		model.column = 0;
	if (c == '\t')
		model.column = MIN((model.column / 8 + 1) * 8, model.columns);
	if (c == '\b' && model.column)
		model.column--;
}

static void some_color(void)
{
	static const uint8_t vga[8] = {0, 4, 2, 6, 1, 5, 3, 7};
	unsigned kind = any(10), n = any(8);
	char text[40] = "\033[m";

	if (kind < 4)
		snprintf(text, sizeof(text), "\033[%um",
			 (const unsigned[]){30, 40, 90, 100}[kind] + n);
	if (kind == 0)
		model.ink = (model.ink & 8) | vga[n];
	else if (kind == 1)
		model.paper = vga[n];
	else if (kind == 2)
		model.ink = vga[n] | 8;
	else if (kind == 3)
		model.paper = vga[n] | 8;
	else if (kind == 4)
		snprintf(text, sizeof(text), "\033[0;1;3%u;4%um", n, n);
	else if (kind == 5)
		snprintf(text, sizeof(text), "\033[7m");
	else if (kind == 6)
		snprintf(text, sizeof(text), "\033[22;27;39;49m");
	else if (kind == 7)
		snprintf(text, sizeof(text), "\033[3%u;38;5;41m", n); /* 41 is no background here */
	if (kind == 5)
		model.inverse = true;
	if (kind == 7)
		model.ink = (model.ink & 8) | vga[n];
	if (kind == 4 || kind == 6 || kind > 7) {
		model.ink = 7;
		model.paper = 0;
		model.inverse = false;
	}
	if (kind == 4) {
		model.ink = 8 | vga[n];
		model.paper = vga[n];
	}
	write_text(text);
}

static void some_move(void)
{
	unsigned n = any(7), m = any(300), c = MIN(model.column, model.columns - 1);
	unsigned kind = any(7);
	char text[40];

	if (kind == 0) {
		snprintf(text, sizeof(text), "\033[%uC", n);
		model.column = MIN(c + MAX(n, 1u), model.columns - 1);
	} else if (kind == 1) {
		snprintf(text, sizeof(text), "\033[%uD", n);
		model.column = c > MAX(n, 1u) ? c - MAX(n, 1u) : 0;
	} else if (kind == 2) {
		snprintf(text, sizeof(text), "\033[%u;%uH", n, m);
		model.row = MIN(MAX(n, 1u), model.rows) - 1;
		model.column = MIN(MAX(m, 1u), model.columns) - 1;
	} else if (kind == 3) {
		snprintf(text, sizeof(text), "\033[%uK", n);
		if (n <= 2)
			model_erase(model.row, n ? 0 : c, n == 1 ? c : UINT32_MAX - 1);
	} else if (kind == 4 && n < 3) {
		snprintf(text, sizeof(text), "\033[%uJ", n);
		for (unsigned r = 0; r < model.rows; r++)
			if (n == 2 || (n == 0 && r > model.row) || (n == 1 && r < model.row))
				model_erase(r, 0, model.columns);
		model_erase(model.row, n ? 0 : c, n == 1 ? c : UINT32_MAX - 1);
	} else {
		snprintf(text, sizeof(text), "%s",
			 (const char *const[]){"\033[?25l", "\033(B", "\033]0;title\a",
					       "\033]8;;x\033\\", "\033[1;2;3;4;5;6;7;8r", "\033M",
					       "\033[99999999999999999999q"}[n]);
	}
	write_text(text);
}

static void test_random_output(void **state)
{
	static const struct {
		unsigned columns, rows;
	} sizes[] = {{80, 25}, {SCREEN_COLUMNS, SCREEN_ROWS}, {7, 3}, {1, 1}, {128, 48}};

	(void)state;
	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		start(sizes[s].columns, sizes[s].rows);
		for (unsigned i = 0; i < 6000; i++) {
			void (*const some[])(void) = {some_text, some_text, some_control,
						      some_color, some_move};

			some[any(ARRAY_SIZE(some))]();
			if (any(4) == 0)
				draw(any(300));
			if (any(40) == 0)
				compare();
		}
		compare();
	}
}

static void test_any_bytes_stay_inside(void **state)
{
	char text[64];

	(void)state;
	start(31, 9);
	for (unsigned i = 0; i < 100000; i++) {
		unsigned bytes = any(sizeof(text));

		for (unsigned n = 0; n < bytes; n++)
			text[n] = (char)(any(3) ? any(256) : (unsigned)"\033[;]9\n?m"[any(8)]);
		screen_text_write(&t, text, bytes);
		assert_true(t.row < t.rows && t.column <= t.columns && t.top < t.rows);
		draw(any(20));
	}
	assert_false(draw(UINT32_MAX));
	write_text("\n\033[0m\033[2J\033[1;1Hready");
	assert_false(draw(UINT32_MAX));
	assert_int_equal(shown[0][0], 0x0700 | 'r');
	assert_int_equal(shown[0][5], 0x7020);
}

static void test_output_between_looks_is_skipped(void **state)
{
	struct screen_cell cell;
	unsigned drawn = 0;

	(void)state;
	start(80, 25);
	for (unsigned i = 0; i < 10000; i++)
		write_text("the same line\n");
	while (screen_text_next(&t, &cell))
		drawn++;
	assert_int_equal(drawn, 24 * strlen("thesameline") + 1); /* and the cursor */
}

static void test_sequences_end_at_a_newline(void **state)
{
	(void)state;
	start(80, 25);
	write_text("\033]0;never ended\nnext \033[12\nlast");
	assert_false(draw(UINT32_MAX));
	assert_int_equal(shown[0][0], 0x0720);
	assert_int_equal(shown[1][0], 0x0700 | 'n');
	assert_int_equal(shown[2][0], 0x0700 | 'l');
}

static void test_too_large_is_cut(void **state)
{
	(void)state;
	screen_text_init(&t, 480, 135);
	assert_int_equal(t.columns, SCREEN_COLUMNS);
	assert_int_equal(t.rows, SCREEN_ROWS);
}

static void test_every_character_has_its_glyph(void **state)
{
	unsigned questions = 0, empty = 0;

	(void)state;
	for (uint32_t u = 0; u < 0x11000; u++) {
		uint8_t glyph = glyph_of(u);

		if ((u >= 0x20 && u < 0x7F) || (u >= 0xA0 && u < 0x100))
			assert_int_equal(glyph, u);
		else
			assert_true(glyph == '?' || (glyph && glyph < 0x20) ||
				    (glyph >= 0x80 && glyph < 0xA0));
		questions += glyph == '?';
	}
	assert_int_equal(questions, 0x11000 - (95 + 96 + 31 + 27) + 1);
	for (unsigned g = 0; g < GLYPHS; g++) {
		const uint32_t *rows = glyph_rows[g];

		empty += !(rows[0] | rows[1] | rows[2] | rows[3]);
		assert_true(glyph_cp437[g] != '?' || g == '?' || g >= 0x80);
		if (g >= 0x20 && g < 0x7F)
			assert_int_equal(glyph_cp437[g], g);
	}
	assert_int_equal(empty,
			 1 + 1 + 1 + 5 + 1); /* 0, space, 0x7F, 0x9B to 0x9F, no-break space */
	assert_int_equal(glyph_cp437[glyph_of(0x2554)], 0xC9);
	assert_int_equal(glyph_cp437[glyph_of(0xE9)], 0x82);
	assert_int_equal(glyph_rows['A'][1], 0xFEC6C66C); /* its fifth to eighth line */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_output),
		cmocka_unit_test(test_any_bytes_stay_inside),
		cmocka_unit_test(test_output_between_looks_is_skipped),
		cmocka_unit_test(test_sequences_end_at_a_newline),
		cmocka_unit_test(test_too_large_is_cut),
		cmocka_unit_test(test_every_character_has_its_glyph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
