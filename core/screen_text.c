/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a screen: a small terminal (ECMA-48, 5th edition) and its changes. */
#include "core/screen_text.h"

#include "core/lib.h"
#include "drivers/glyphs.h"

#define TAB_STOP 8u
#define ARG_MAX  9999u
#define BRIGHT   0x08u

void screen_text_init(struct screen_text *t, unsigned columns, unsigned rows)
{
	memset(t, 0, sizeof(*t));
	t->columns = MIN(columns, SCREEN_COLUMNS);
	t->rows = MIN(rows, SCREEN_ROWS);
	t->attribute = SCREEN_ATTRIBUTE;
	for (unsigned row = 0; row < t->rows; row++)
		for (unsigned column = 0; column < t->columns; column++)
			t->cells[row][column] = t->drawn[row][column] = SCREEN_BLANK;
	t->is_dirty[0] = true; /* the cursor */
}

static uint16_t *cells_of(struct screen_text *t, unsigned row)
{
	unsigned at = t->top + row;

	return t->cells[at < t->rows ? at : at - t->rows];
}

static uint8_t inverse(uint8_t attribute)
{
	return (uint8_t)(attribute << 4 | attribute >> 4);
}

static uint16_t cell_of(const struct screen_text *t, uint8_t glyph)
{
	uint8_t attribute = t->is_inverse ? inverse(t->attribute) : t->attribute;

	return (uint16_t)(attribute << 8 | glyph);
}

static void erase(struct screen_text *t, unsigned row, unsigned first, unsigned end)
{
	uint16_t *cells = cells_of(t, row);

	for (unsigned column = first; column < end; column++)
		cells[column] = SCREEN_BLANK;
	t->is_dirty[row] = true;
}

static void new_line(struct screen_text *t)
{
	t->column = 0;
	if (t->row + 1 < t->rows) {
		t->row++;
		return;
	}
	t->top = t->top + 1 < t->rows ? t->top + 1 : 0;
	memset(t->is_dirty, true, sizeof(t->is_dirty));
	erase(t, t->row, 0, t->columns);
}

static void put_glyph(struct screen_text *t, uint8_t glyph)
{
	if (t->column == t->columns)
		new_line(t);
	cells_of(t, t->row)[t->column++] = cell_of(t, glyph);
	t->is_dirty[t->row] = true;
}

static void control(struct screen_text *t, uint8_t c)
{
	switch (c) {
	case '\n':
		new_line(t);
		break;
	case '\r':
		t->column = 0;
		break;
	case '\t':
		t->column = MIN(ALIGN_UP(t->column + 1, TAB_STOP), t->columns);
		break;
	case '\b':
		t->column -= t->column > 0;
		break;
	case '\033':
		t->state = SCREEN_ESCAPE;
		break;
	}
}

/* Of the bytes that are no UTF-8, each is a '?'. */
static void text(struct screen_text *t, uint8_t c)
{
	if (t->more && (c & 0xC0) == 0x80) {
		t->unicode = t->unicode << 6 | (c & 0x3F);
		if (--t->more == 0)
			put_glyph(t, glyph_of(t->unicode));
		return;
	}
	if (t->more)
		put_glyph(t, '?');
	t->more = 0;
	if (c < 0x20 || c == 0x7F) {
		control(t, c);
	} else if (c < 0x80) {
		put_glyph(t, c);
	} else if (c < 0xC2 || c > 0xF4) {
		put_glyph(t, '?');
	} else {
		t->more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
		t->unicode = c & (0x3Fu >> t->more);
	}
}

/* ANSI's colors count red, green, blue from bit 0, the VGA's from bit 2. */
static uint8_t vga_color(unsigned ansi)
{
	return (uint8_t)((ansi & 1) << 2 | (ansi & 2) | (ansi & 4) >> 2);
}

/* 30 to 37 and 90 to 97 the text, 40 to 47 and 100 to 107 behind it; from 90 on bright (aixterm).
 */
static void set_color(struct screen_text *t, unsigned arg)
{
	unsigned color = vga_color(arg % 10) | (arg >= 90 ? BRIGHT : 0);

	if (arg < 40)
		t->attribute = (uint8_t)((t->attribute & 0xF8) | color);
	else if (arg >= 90 && arg < 100)
		t->attribute = (uint8_t)((t->attribute & 0xF0) | color);
	else
		t->attribute = (uint8_t)((t->attribute & 0x0F) | color << 4);
}

/* ECMA-48, 8.3.117. */
static void select_rendition(struct screen_text *t, unsigned arg)
{
	unsigned tens = arg / 10;

	if (arg == 0) {
		t->attribute = SCREEN_ATTRIBUTE;
		t->is_inverse = false;
	} else if (arg == 1) {
		t->attribute |= BRIGHT;
	} else if (arg == 22) {
		t->attribute &= (uint8_t)~BRIGHT;
	} else if (arg == 7 || arg == 27) {
		t->is_inverse = arg == 7;
	} else if (arg == 39) {
		t->attribute = (t->attribute & 0xF0) | SCREEN_ATTRIBUTE;
	} else if (arg == 49) {
		t->attribute &= 0x0F;
	} else if (arg % 10 < 8 && (tens == 3 || tens == 4 || tens == 9 || tens == 10)) {
		set_color(t, arg);
	}
}

/* 38 and 48 choose out of more colors than there are: what follows belongs to them. */
static void select_renditions(struct screen_text *t)
{
	for (unsigned i = 0; i <= t->arg && i < SCREEN_ARGS; i++) {
		if (t->args[i] == 38 || t->args[i] == 48)
			return;
		select_rendition(t, t->args[i]);
	}
}

/* 0: from the cursor, 1: up to it, 2: all. */
static void erase_in_line(struct screen_text *t, unsigned how)
{
	unsigned column = MIN(t->column, t->columns - 1);

	if (how <= 2)
		erase(t, t->row, how == 0 ? column : 0, how == 1 ? column + 1 : t->columns);
}

static void erase_in_page(struct screen_text *t, unsigned how)
{
	for (unsigned row = 0; row < t->rows; row++)
		if (how == 2 || (how == 0 && row > t->row) || (how == 1 && row < t->row))
			erase(t, row, 0, t->columns);
	erase_in_line(t, how);
}

static void end_sequence(struct screen_text *t, char c)
{
	unsigned n = t->args[0], count = MAX(n, 1u), column = MIN(t->column, t->columns - 1);

	t->state = SCREEN_PLAIN;
	if (t->is_private)
		return;
	switch (c) {
	case 'C':
		t->column = MIN(column + count, t->columns - 1);
		break;
	case 'D':
		t->column = column - MIN(column, count);
		break;
	case 'H':
		t->row = MIN(count, t->rows) - 1;
		t->column = MIN(MAX(t->args[1], 1u), t->columns) - 1;
		break;
	case 'J':
		erase_in_page(t, n);
		break;
	case 'K':
		erase_in_line(t, n);
		break;
	case 'm':
		select_renditions(t);
		break;
	}
}

static void in_sequence(struct screen_text *t, char c)
{
	unsigned *arg = &t->args[MIN(t->arg, SCREEN_ARGS - 1)];

	if (c >= '0' && c <= '9')
		*arg = MIN(*arg * 10 + (unsigned)(c - '0'), ARG_MAX);
	else if (c == ';')
		t->arg += t->arg < SCREEN_ARGS;
	else if (c >= 0x40 && c < 0x7F)
		end_sequence(t, c);
	else if (c >= ' ' && c < 0x40)
		t->is_private = true; /* as are those with intermediate bytes */
	else
		t->state = SCREEN_PLAIN;
}

static void after_escape(struct screen_text *t, char c)
{
	t->state = SCREEN_PLAIN;
	if (c == '[') {
		t->state = SCREEN_CSI;
		t->arg = 0;
		t->is_private = false;
		memset(t->args, 0, sizeof(t->args));
	} else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
		t->state = SCREEN_STRING;
	} else if (c >= ' ' && c < '0') {
		t->state = SCREEN_ONE_MORE;
	}
}

static void put(struct screen_text *t, char c)
{
	bool is_control = (uint8_t)c < ' ';

	if (t->state == SCREEN_PLAIN) {
		text(t, (uint8_t)c);
	} else if (t->state == SCREEN_STRING) {
		/* ends with BEL or ESC \; a newline is somebody else's text */
		if (is_control)
			t->state = SCREEN_PLAIN;
		if (c == '\033' || c == '\n')
			control(t, (uint8_t)c);
	} else if (is_control) {
		t->state = c == '\n' ? SCREEN_PLAIN : t->state;
		control(t, (uint8_t)c); /* ECMA-48 leaves it open; terminals obey */
	} else if (t->state == SCREEN_CSI) {
		in_sequence(t, c);
	} else if (t->state == SCREEN_ESCAPE) {
		after_escape(t, c);
	} else {
		t->state = SCREEN_PLAIN;
	}
}

void screen_text_write(struct screen_text *t, const char *text, size_t bytes)
{
	t->is_dirty[t->row] = true; /* the cursor leaves */
	t->next_column = 0;
	for (size_t i = 0; i < bytes; i++)
		put(t, text[i]);
	t->is_dirty[t->row] = true;
}

/* A cell of the row that has to change; the row is clean if there is none. */
static bool next_in_row(struct screen_text *t, struct screen_cell *cell)
{
	const uint16_t *cells = cells_of(t, cell->row);
	unsigned cursor = cell->row == t->row ? MIN(t->column, t->columns - 1) : t->columns;

	for (cell->column = t->next_column; cell->column < t->columns; cell->column++) {
		cell->look = cells[cell->column];
		if (unlikely(cell->column == cursor))
			cell->look = (uint16_t)(inverse((uint8_t)(cell->look >> 8)) << 8 |
						(cell->look & 0xFF));
		if (cell->look != t->drawn[cell->row][cell->column])
			return true;
	}
	return false;
}

bool screen_text_next(struct screen_text *t, struct screen_cell *cell)
{
	for (unsigned looked = 0; looked <= t->rows; looked++) {
		cell->row = t->next_row;
		if (t->is_dirty[cell->row] && next_in_row(t, cell)) {
			t->drawn[cell->row][cell->column] = cell->look;
			t->next_column = cell->column + 1;
			return true;
		}
		t->is_dirty[cell->row] = false;
		t->next_row = cell->row + 1 < t->rows ? cell->row + 1 : 0;
		t->next_column = 0;
	}
	return false;
}
