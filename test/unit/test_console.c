/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the shared console: lines of two never mix, the keyboard has one owner. */
/* unit-sources: core/console.c core/console_port.c */
#include <stdio.h>
#include <string.h>

#include "test/unit/console_fixture.h"

/* ---- lines ---- */

static void test_focus_is_seen_as_it_comes(void **state)
{
	say(0, "log");
	expect("aa| log");
	say(0, "in: ");
	expect("in: ");
	say(0, "\n");
	expect("\r\n");
	say(0, "\n\n");
	expect("aa| \r\naa| \r\n");
}

static void test_others_are_seen_by_whole_lines(void **state)
{
	say(1, "half");
	expect("");
	say(1, " a line\r\nand");
	expect("bb| half a line\r\n");
	say(2, "x\n");
	expect("cc| x\r\n");
	say(1, " more\n");
	expect("bb| and more\r\n");
}

static void test_an_unfinished_line_returns_after_an_interruption(void **state)
{
	say(0, "login: ");
	expect("aa| login: ");
	say(1, "hello\n");
	expect("\r\nbb| hello\r\naa| login: ");
	console_line("gatehouse: something");
	expect("\r\ngatehouse: something\r\naa| login: ");
	say(0, "root\n");
	expect("root\r\n");
}

static void test_focus_switch(void **state)
{
	say(0, "a1");
	say(1, "b1");
	expect("aa| a1");
	console_set_focus(&ports[1]);
	assert_ptr_equal(console_focus(), &ports[1]);
	expect("\r\nbb| b1");
	say(0, "a2\n");
	expect("\r\naa| a1a2\r\nbb| b1");
	say(1, "b2\n");
	expect("b2\r\n");
	console_set_focus(NULL);
	assert_null(console_focus());
	say(1, "b3\n");
	expect("bb| b3\r\n");
}

static void test_carriage_return_starts_the_line_anew(void **state)
{
	say(0, "10%\r20%");
	expect("aa| 10%\raa| 20%");
	say(1, "x\n");
	expect("\r\nbb| x\r\naa| 20%");
	say(0, "\r");
	say(0, "\n"); /* one newline, though in two writes */
	expect("\r\n");
	say(1, "10%\r20%\r\n");
	expect("bb| 20%\r\n");
}

/* "\r\n" through a terminal's ONLCR becomes "\r\r\n": the line is still shown. */
static void test_two_carriage_returns_and_a_newline_lose_nothing(void **state)
{
	say(1, "text\r\r\n");
	expect("bb| text\r\n");
}

static void test_backspace(void **state)
{
	say(0, "ab\b \b");
	expect("aa| ab\b \b");
	say(1, "y\n");
	expect("\r\nbb| y\r\naa| a");
	say(1, "xyz\b\b\bq\n");
	expect("\r\nbb| q\r\naa| a");
	say(1, "\b\b\bz\n");
	expect("\r\nbb| z\r\naa| a");
}

/* At the start of a guest's line the cursor stays behind the name. */
static void test_backspace_does_not_enter_the_name(void **state)
{
	say(0, "a\b\b\b\b");
	expect("aa| a\b");
}

static void test_long_lines_are_broken(void **state)
{
	char text[2 * CONSOLE_LINE + 11], line[CONSOLE_LINE + 1];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	memset(line, 'x', CONSOLE_LINE);
	line[CONSOLE_LINE] = 0;
	for (unsigned port = 0; port < 2; port++) {
		char must[3 * CONSOLE_LINE];

		snprintf(must, sizeof(must), "%s| %s\r\n%s| %s\r\n%s| xxxxxxxxxx\r\n", names[port],
			 line, names[port], line, names[port]);
		say(port, text);
		say(port, "\n");
		expect(must);
	}
}

static void test_flush_ends_the_line(void **state)
{
	say(0, "half");
	console_flush();
	expect("aa| half\r\n");
}

static void test_colours_are_around_names(void **state)
{
	static const struct config cfg = {.escape = ESCAPE, .colour = true};
	char must[80];

	console_init(&cfg);
	for (unsigned i = 0; i < 2; i++) {
		say(i, "x\n");
		snprintf(must, sizeof(must), "<%u>%s|<0> x\r\n", ports[i].colour, names[i]);
		expect(must);
	}
	assert_int_not_equal(ports[0].colour, ports[1].colour);
}

/* Text that ends its lines by a newline alone, however it is cut into calls. */
static void test_text_gets_carriage_returns(void **state)
{
	char kept[32] = {0};

	assert_int_equal(console_write_text(&ports[0], "a\nb\r", 4), 4);
	assert_int_equal(console_write_text(&ports[0], "\n\n", 2), 2);
	assert_int_equal(console_tail(&ports[0], kept, sizeof(kept)), 8);
	assert_string_equal(kept, "a\r\nb\r\n\r\n");
}

/* ---- nothing ever mixes ---- */

/* What each port wrote, as its finished lines one after the other. */
static struct written {
	char text[1 << 19];
	size_t bytes, line_start;
	size_t shown, last; /* lines up to here were on the screen; the last of them */
} written[PORTS];

static void note(unsigned port, char c)
{
	struct written *w = &written[port];

	if (c != '\n' && w->bytes - w->line_start == CONSOLE_LINE)
		note(port, '\n');
	w->text[w->bytes++] = c;
	if (c == '\n')
		w->line_start = w->bytes;
}

static void write_randomly(struct unit_random *r)
{
	unsigned port = unit_random(r) % PORTS, count = unit_random(r) % 40;
	char text[40];

	for (unsigned i = 0; i < count; i++) {
		text[i] = (char)(unit_random(r) % 12 ? 'A' + port * 8 + unit_random(r) % 8 : '\n');
		if (unit_random(r) % 64 == 0)
			text[i] = 0; /* dropped */
		else
			note(port, text[i]);
	}
	write_all(port, text, count);
}

static struct written *writer_of(const char *line, size_t bytes)
{
	for (unsigned i = 0; i < PORTS; i++)
		if (bytes >= 4 && !memcmp(line, names[i], 2) && !memcmp(&line[2], "| ", 2))
			return &written[i];
	fail_msg("whose line is this? %.*s", (int)bytes, line);
	return NULL;
}

/*
 * One line of the screen: the port's next line, the beginning of it (it was
 * interrupted), or the last one again (interrupted right before its newline).
 */
static void check_screen_line(const char *line, size_t bytes)
{
	struct written *w;
	size_t length;

	if (bytes >= 5 && !memcmp(line, "host:", 5))
		return;
	w = writer_of(line, bytes);
	line += 4;
	bytes -= 4;
	length = strcspn(&w->text[w->shown], "\n");
	if (bytes <= length && !memcmp(line, &w->text[w->shown], bytes)) {
		if (bytes == length) {
			w->last = w->shown;
			w->shown += length + 1;
		}
		return;
	}
	if (bytes != strcspn(&w->text[w->last], "\n") || memcmp(line, &w->text[w->last], bytes))
		fail_msg("not what %s wrote: %.*s", names[w - written], (int)bytes, line);
}

static void test_random_writers_never_mix(void **state)
{
	struct unit_random r = {61};
	char *line, *end;

	for (int i = 0; i < 3000; i++) {
		unsigned what = unit_random(&r) % 20;

		if (what == 0)
			console_set_focus(i % 3 ? &ports[unit_random(&r) % PORTS] : NULL);
		else if (what == 1)
			console_line("host: a line");
		else
			write_randomly(&r);
	}
	for (unsigned i = 0; i < PORTS; i++) {
		note(i, '\n');
		say(i, "\n");
	}
	for (line = out; (end = strstr(line, "\r\n")); line = end + 2)
		check_screen_line(line, (size_t)(end - line));
	assert_int_equal(*line, 0);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(written[i].shown, written[i].bytes); /* nothing was lost */
}

/* ---- the keyboard ---- */

static void expect_input(unsigned port, const char *text)
{
	char buf[2 * CONSOLE_INPUT] = {0};
	uint32_t n = console_read(&ports[port], buf, sizeof(buf));

	assert_int_equal(n, strlen(text));
	assert_string_equal(buf, text);
	assert_false(console_has_input(&ports[port]));
}

static void test_keys_go_to_the_focus(void **state)
{
	type_keys("abc", 3);
	assert_true(console_has_input(&ports[0]));
	assert_false(console_has_input(&ports[1]));
	console_set_focus(&ports[1]);
	type_keys("xyz", 3);
	expect_input(0, "abc");
	expect_input(1, "xyz");
	console_set_focus(NULL);
	type_keys("lost", 4);
	for (unsigned i = 0; i < PORTS; i++)
		expect_input(i, "");
}

static void test_escape_key(void **state)
{
	type_keys("a\035n", 3);
	assert_int_equal(console_take_command(), 'n');
	assert_int_equal(console_take_command(), 0);
	expect_input(0, "a");
	type_keys("\035\035b", 3); /* twice: itself */
	assert_int_equal(console_take_command(), 0);
	expect_input(0, "\035b");
	type_keys("\035", 1); /* command key in the next poll */
	assert_int_equal(console_take_command(), 0);
	type_keys("1c", 2);
	assert_int_equal(console_take_command(), '1');
	expect_input(0, "");
	console_poll();
	expect_input(0, "c");
}

/* A command may move the focus: keys behind it are the next one's. */
static void test_keys_behind_a_command_wait_for_it(void **state)
{
	type_keys("a\0352bcd", 6);
	assert_int_equal(console_take_command(), '2');
	console_set_focus(&ports[1]);
	console_poll();
	expect_input(0, "a");
	expect_input(1, "bcd");
}

static void test_input_ring(void **state)
{
	char many[CONSOLE_INPUT + 51], got[CONSOLE_INPUT];

	for (unsigned i = 0; i < sizeof(many); i++)
		many[i] = (char)('a' + i % 23);
	for (int round = 0; round < 50; round++) {
		unsigned n = 0;

		type_keys(many, sizeof(many)); /* the newest are lost */
		while (n < CONSOLE_INPUT)
			n += console_read(&ports[0], &got[n], 7 + (unsigned)round);
		assert_memory_equal(got, many, CONSOLE_INPUT);
		assert_false(console_has_input(&ports[0]));
		type_keys(many, 1 + (unsigned)round); /* the ring wraps elsewhere each time */
		assert_int_equal(console_read(&ports[0], got, sizeof(got)), 1 + round);
		assert_memory_equal(got, many, 1 + (size_t)round);
	}
}

static void test_every_byte_can_be_typed(void **state)
{
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char)c, got;

		if (c == ESCAPE)
			continue;
		type_keys(&byte, 1);
		assert_int_equal(console_read(&ports[0], &got, 1), 1);
		assert_int_equal(got, byte);
	}
}

static void the_log_goes_a_little_further_for_errors(void **state)
{
	char page[1024];

	memset(page, 'x', sizeof(page));
	console_poll(); /* the main loop runs */
	is_slow = true;
	assert_true(console_log_fits(false) && console_log_fits(true));
	for (unsigned i = 0; i < 5; i++)
		sinks_write(page, sizeof(page));
	assert_false(console_line_fits() || console_log_fits(false));
	assert_true(console_log_fits(true));
	for (unsigned i = 0; i < 4; i++)
		sinks_write(page, sizeof(page));
	assert_false(console_log_fits(true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONSOLE_TEST(test_focus_is_seen_as_it_comes),
		CONSOLE_TEST(test_others_are_seen_by_whole_lines),
		CONSOLE_TEST(test_an_unfinished_line_returns_after_an_interruption),
		CONSOLE_TEST(test_focus_switch),
		CONSOLE_TEST(test_carriage_return_starts_the_line_anew),
		CONSOLE_TEST(test_two_carriage_returns_and_a_newline_lose_nothing),
		CONSOLE_TEST(test_backspace),
		CONSOLE_TEST(test_backspace_does_not_enter_the_name),
		CONSOLE_TEST(test_long_lines_are_broken),
		CONSOLE_TEST(test_flush_ends_the_line),
		CONSOLE_TEST(test_colours_are_around_names),
		CONSOLE_TEST(test_text_gets_carriage_returns),
		CONSOLE_TEST(test_random_writers_never_mix),
		CONSOLE_TEST(test_keys_go_to_the_focus),
		CONSOLE_TEST(test_escape_key),
		CONSOLE_TEST(test_keys_behind_a_command_wait_for_it),
		CONSOLE_TEST(test_input_ring),
		CONSOLE_TEST(test_every_byte_can_be_typed),
		CONSOLE_TEST(the_log_goes_a_little_further_for_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
