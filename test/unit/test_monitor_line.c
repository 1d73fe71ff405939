/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves line editing against a plain model, and what it draws against a dumb terminal. */
/* unit-sources: core/monitor_line.c */
#include "core/monitor_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define PROMPT "gatehouse> "

static struct line line;
static struct line_view view;

/* ---- a terminal that knows \r, \b and characters; a cell is one character of UTF-8 ---- */

static char cells[LINE_COLUMNS + 2][5];
static unsigned column, drawn;

static void terminal(const char *text, size_t bytes)
{
	drawn += bytes;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\r') {
			column = 0;
		} else if (text[i] == '\b') {
			assert_true(column > 0);
			column--;
		} else if (((uint8_t)text[i] & 0xC0) == 0x80) {
			char *cell = cells[column - 1];

			assert_true(column > 0 && strlen(cell) < 4);
			cell[strlen(cell) + 1] = 0;
			cell[strlen(cell)] = text[i];
		} else {
			assert_true((uint8_t)text[i] >= ' ');
			assert_true(column < LINE_COLUMNS);
			snprintf(cells[column++], 5, "%c", text[i]);
		}
	}
}

/* The terminal's line without the blanks at its end. */
static const char *screen(void)
{
	static char text[sizeof(cells)];
	size_t n;

	text[0] = 0;
	for (unsigned i = 0; i < LINE_COLUMNS; i++)
		strcat(text, cells[i][0] ? cells[i] : " ");
	for (n = strlen(text); n && text[n - 1] == ' '; n--)
		text[n - 1] = 0;
	return text;
}

static int setup(void **state)
{
	memset(&line, 0, sizeof(line));
	memset(&view, 0, sizeof(view));
	memset(cells, 0, sizeof(cells));
	view.out = terminal;
	column = 0;
	return 0;
}

static enum line_event last;

static void press(const char *text)
{
	for (; *text; text++) {
		last = line_key(&line, *text);
		assert_int_equal(strlen(line.text), line.length);
		line_show(&view, PROMPT, &line);
	}
}

static void assert_line(const char *text, unsigned cursor)
{
	char shown[300];

	assert_string_equal(line.text, text);
	assert_int_equal(line.cursor, cursor);
	snprintf(shown, sizeof(shown), PROMPT "%s", text);
	while (shown[strlen(shown) - 1] == ' ')
		shown[strlen(shown) - 1] = 0;
	assert_string_equal(screen(), shown);
}

static void enter(const char *text)
{
	press(text);
	press("\r");
	assert_int_equal(last, LINE_ENTERED);
	line_end(&line);
}

static void test_keys(void **state)
{
	static const struct {
		const char *keys, *text;
		unsigned cursor;
	} cases[] = {
		{"abc", "abc", 3},
		{"abc\x1B[D", "abc", 2},
		{"abc\x1B[D\x1B[Dx", "axbc", 2},
		{"abc\x1BOD\x1BOC!", "abc!", 4},
		{"abc\x1B[Hx", "xabc", 1},
		{"abc\x1B[1~x\x1B[4~y", "xabcy", 5},
		{"abc\x1B[7~x\x1B[8~y", "xabcy", 5},
		{"abc\x1BOHx\x1BOFy", "xabcy", 5},
		{"abc\001\x1B[3~", "bc", 0},
		{"abc\001\004", "bc", 0},
		{"abc\b", "ab", 2},
		{"abc\x7F\x7F\x7F\x7Fz", "z", 1},
		{"abc\002\002\006x", "abxc", 3},
		{"abc\001x\005y", "xabcy", 5},
		{"abc\x1B[D\013", "ab", 2},
		{"abc\x1B[D\025", "c", 0},
		{"one  two \027", "one  ", 5},
		{"one  two\x1B[D\027", "one  o", 5},
		{"abc\003x", "x", 1},
		{"a\x1B[5~\x1B[11;2~\x1BZb", "ab", 2},
		{"a\001\002\x1B[Db", "ba", 1},
		{"a\006\x1B[Cb", "ab", 2},
		{"a\x1B[15\x1B[Db", "ba", 1},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(NULL);
		press(cases[i].keys);
		assert_line(cases[i].text, cases[i].cursor);
	}
}

static void test_events(void **state)
{
	press("\004");
	assert_int_equal(last, LINE_LEAVE);
	press("x\004");
	assert_int_equal(last, LINE_EDITED);
	press("\t");
	assert_int_equal(last, LINE_COMPLETE);
	press("\f");
	assert_int_equal(last, LINE_CLEAR);
	press("\n");
	assert_int_equal(last, LINE_ENTERED);
	press("\r\n");
	assert_int_equal(last, LINE_EDITED);
	press("\n");
	assert_int_equal(last, LINE_ENTERED);
}

static void test_utf8(void **state)
{
	press("h\xC3\xA4\xE2\x82\xACx");
	assert_line("h\xC3\xA4\xE2\x82\xACx", 7);
	press("\x1B[D\x1B[D\x1B[D");
	assert_int_equal(line.cursor, 1);
	assert_int_equal(column, strlen(PROMPT) + 1);
	press("\x1B[3~\x1B[C\b");
	assert_line("hx", 1);
}

static void test_history(void **state)
{
	char text[8];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%u", i);
		enter(text);
	}
	enter("19"); /* the same again, and nothing: neither is kept */
	enter("");
	press("half");
	press("\x1B[A");
	assert_line("19", 2);
	press("\020");
	assert_line("18", 2);
	for (unsigned i = 0; i < 30; i++)
		press("\x1B[A");
	assert_line("4", 1);
	press("\x1B[B");
	assert_line("5", 1);
	for (unsigned i = 0; i < 30; i++)
		press("\016");
	assert_line("", 0);
	press("\x1B[A!");
	enter("");
	press("\x1B[A");
	assert_line("19!", 3);
}

static void test_full(void **state)
{
	for (unsigned i = 0; i < 2 * LINE_BYTES; i++)
		press("x");
	assert_int_equal(line.length, LINE_BYTES - 1);
	press("\001y");
	assert_int_equal(line.text[0], 'x');
	assert_int_equal(strncmp(screen(), PROMPT "xxx", strlen(PROMPT) + 3), 0);
}

/* Of a line wider than the terminal, a part with the cursor in it. */
static void test_window(void **state)
{
	for (char c = 'a'; c <= 'y'; c++) {
		char word[12];

		snprintf(word, sizeof(word), "%c123456789", c);
		press(word);
	}
	press("\x1B[D\x1B[D");
	assert_int_equal(cells[column][0], '8');
	assert_int_equal(cells[column + 1][0], '9');
	press("\001");
	assert_int_equal(column, strlen(PROMPT));
	assert_int_equal(cells[column][0], 'a');
	for (unsigned i = 0; i < 100; i++)
		press("\006");
	assert_int_equal(cells[column][0], 'k');
}

/* A typed character at the end costs itself only; the line is not drawn anew. */
static void test_draws_little(void **state)
{
	press("list of things");
	drawn = 0;
	press("!");
	assert_int_equal(drawn, 1);
	press("\b");
	assert_int_equal(drawn, 4);
	press("\001");
	line_show_text(&view, "");
	assert_string_equal(screen(), "");
	assert_int_equal(column, 0);
	line_show_text(&view, "-- more --");
	assert_string_equal(screen(), "-- more --");
	line_show(&view, PROMPT, &line);
	assert_line("list of things", 0);
}

/* ---- completion ---- */

static const char *nth(const char *text, unsigned word, unsigned n)
{
	static const char *const commands[] = {"list", "log", "pause", "poweroff", "port"};
	static const char *const guests[] = {"web", "webmail", "db"};

	if (word == 0)
		return n < ARRAY_SIZE(commands) ? commands[n] : NULL;
	return word == 1 && n < ARRAY_SIZE(guests) ? guests[n] : NULL;
}

static void test_complete(void **state)
{
	static const struct {
		const char *typed, *text;
		unsigned found;
	} cases[] = {
		{"", "", 5},
		{"li", "list ", 0},
		{"l", "l", 2},
		{"po", "po", 2},
		{"pow", "poweroff ", 0},
		{"x", "x", 0},
		{"  pa", "  pause ", 0},
		{"pause ", "pause ", 3},
		{"pause w", "pause web", 0},
		{"pause web", "pause web", 2},
		{"pause  d", "pause  db ", 0},
		{"pause db w", "pause db w", 0},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(NULL);
		press(cases[i].typed);
		assert_int_equal(line_complete(&line, nth), cases[i].found);
		assert_string_equal(line.text, cases[i].text);
		assert_int_equal(line.cursor, line.length);
	}
	setup(NULL);
	press("ps web\001\006"); /* in the middle of a line */
	assert_int_equal(line_complete(&line, nth), 3);
	press("a");
	assert_int_equal(line_complete(&line, nth), 0);
	assert_string_equal(line.text, "pause s web");
}

static void test_split(void **state)
{
	static const struct {
		const char *text;
		int count;
		const char *words[3];
	} cases[] = {
		{"", 0, {NULL}},
		{"   ", 0, {NULL}},
		{"a", 1, {"a"}},
		{" a  b ", 2, {"a", "b"}},
		{"a \"b  c\" d", 3, {"a", "b  c", "d"}},
		{"x\"y z\"w", 1, {"xy zw"}},
		{"a \"\" b", 3, {"a", "", "b"}},
		{"\"\\\"\\\\\\n\" \\n", 2, {"\"\\\\n", "\\n"}},
		{"a \"b", -1, {NULL}},
		{"a b c d", -1, {NULL}},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[64], *words[3];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		assert_int_equal(line_split(text, words, 3), cases[i].count);
		for (int n = 0; n < cases[i].count; n++)
			assert_string_equal(words[n], cases[i].words[n]);
	}
}

/* Any keys: what stands on the terminal is the line around the cursor, and nothing else. */
static void test_random(void **state)
{
	static const char keys[] = "abc \x1B[ADC~3\001\002\005\006\013\025\027\b\x7F\xC3\xA4\t\r";
	struct unit_random r = {.state = 42};

	for (unsigned i = 0; i < 200000; i++) {
		char key[2] = {keys[unit_random(&r) % (sizeof(keys) - 1)], 0};
		bool is_text = true;

		last = line_key(&line, key[0]);
		if (last == LINE_ENTERED)
			line_end(&line);
		for (unsigned n = 0; n < line.length; n++)
			is_text = is_text && line.text[n] > 0;
		if (!is_text) { /* half characters: drawn somehow, see fuzz_monitor_line */
			line.length = line.cursor = 0;
			line.text[0] = 0;
		}
		line_show(&view, PROMPT, &line);
		if (line.length < LINE_COLUMNS - strlen(PROMPT)) {
			assert_line(line.text, line.cursor);
			assert_int_equal(column, strlen(PROMPT) + line.cursor);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_keys, setup),
		cmocka_unit_test_setup(test_events, setup),
		cmocka_unit_test_setup(test_utf8, setup),
		cmocka_unit_test_setup(test_history, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_window, setup),
		cmocka_unit_test_setup(test_draws_little, setup),
		cmocka_unit_test_setup(test_complete, setup),
		cmocka_unit_test_setup(test_split, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
