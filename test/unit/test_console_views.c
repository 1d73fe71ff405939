/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the console's view of one guest, and that guests take turns on the line. */
/* unit-sources: core/console.c core/console_port.c */
#include <stdio.h>
#include <string.h>

#include "test/unit/console_fixture.h"

/* ---- one alone ---- */

#define BANNER(name) "-- " name " alone; escape key, a: all --\r\n"

/* Terminal sequences, UTF-8, zeros: unchanged, and nothing of others in between. */
static void test_alone_passes_bytes(void **state)
{
	static const char bytes[] = "\033[2J\xc3\xa9\r\n\b\0\n";

	console_set_alone(true);
	expect(BANNER("aa"));
	say(1, "hidden\n");
	console_line("host: hidden");
	write_all(0, bytes, sizeof(bytes));
	say(1, "hidden too\n");
	assert_int_equal(out_bytes, sizeof(bytes));
	assert_memory_equal(out, bytes, sizeof(bytes));
}

static void test_leaving_the_view_of_one(void **state)
{
	console_set_alone(true);
	say(0, "$ ");
	say(1, "half");
	console_line("host: hidden");
	out_bytes = 0;
	console_set_alone(false);
	assert_false(console_is_alone());
	expect("\r\n(lines of Gatehouse not shown meanwhile: 1)\r\naa| $ ");
	say(1, " a line\n");
	expect("\r\nbb| half a line\r\naa| $ ");
	console_set_alone(true);
	out_bytes = 0;
	console_set_alone(false);
	expect("\r\naa| $ ");
}

/* The rest of the history is not owed to anybody then. */
static void test_leaving_amid_the_replay(void **state)
{
	static char text[CONSOLE_WAITING];

	memset(text, 'x', sizeof(text));
	say(0, "old\n");
	write_all(0, text, sizeof(text));
	is_slow = true;
	console_set_alone(true);
	console_poll();
	console_set_alone(false);
	is_slow = false;
	queued = 0;
	out_bytes = 0;
	out[0] = 0;
	for (unsigned i = 0; i < 5; i++)
		console_poll();
	assert_false(console_must_poll());
	assert_true(console_has_room(&ports[0]));
	expect("");
}

static void test_alone_follows_the_keyboard(void **state)
{
	say(1, "b1\n");
	out_bytes = 0;
	console_set_alone(true);
	console_set_focus(&ports[1]);
	say(1, "b2");
	expect(BANNER("aa") "\r\n" BANNER("bb") "b1\nb2");
	console_set_focus(NULL);
	assert_false(console_is_alone());
	console_set_alone(true); /* whom? */
	assert_false(console_is_alone());
}

/* However the sinks drain, and whatever the guest says meanwhile. */
static void test_replay_is_the_last_16_kib(void **state)
{
	static char all[3 * CONSOLE_HISTORY];
	struct unit_random r = {7};
	uint32_t done = 0, begun, start;

	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (char)unit_random(&r);
	while (done < 2 * CONSOLE_HISTORY + 777) {
		done += console_write(&ports[0], all + done, 1 + unit_random(&r) % 300);
		console_poll();
	}
	is_slow = true;
	out_bytes = 0;
	begun = done - CONSOLE_HISTORY;
	console_set_alone(true);
	start = (uint32_t)out_bytes;
	while (done < sizeof(all)) {
		uint32_t n = unit_random(&r) % 300, sent = unit_random(&r) % 200;

		done += console_write(&ports[0], all + done, MIN((uint32_t)sizeof(all) - done, n));
		queued -= MIN(queued, sent);
		console_poll();
	}
	is_slow = false;
	queued = 0;
	say(0, "");
	assert_int_equal(out_bytes, start + sizeof(all) - begun);
	assert_memory_equal(out + start, all + begun, sizeof(all) - begun);
}

/* ---- turns ---- */

/*
 * A flooding guest has its queue full and the line is slow: at most two of its
 * lines are sent before another's, and what does not fit is not taken.
 */
static void test_a_flood_delays_nobody(void **state)
{
	static char flood[2 * CONSOLE_WAITING];
	/* what was ahead of the line, two lines of the flood, the tick: 55 ms at 115200 baud */
	uint32_t most = 128 + 2 * (CONSOLE_LINE + 6) + 10, done;

	memset(flood, 'x', sizeof(flood));
	for (unsigned i = 0; i < sizeof(flood); i += CONSOLE_LINE)
		flood[i] = '\n';
	is_slow = true;
	console_set_focus(NULL);
	done = console_write(&ports[0], flood, sizeof(flood));
	done += console_write(&ports[0], flood + done, sizeof(flood) - done);
	assert_true(done < sizeof(flood));
	assert_false(console_has_room(&ports[0]));
	for (unsigned round = 0; round < 20; round++) {
		uint32_t sent = 0;

		out_bytes = 0;
		out[0] = 0;
		assert_true(console_has_room(&ports[1]));
		assert_int_equal(console_write(&ports[1], "tick\n", 5), 5);
		while (!strstr(out, "bb| tick\r\n")) {
			uint32_t now = MIN(queued, 16);

			queued -= now;
			sent += now;
			console_write(&ports[0], flood + 1, CONSOLE_LINE);
			console_poll();
			assert_true(sent <= most);
		}
		assert_true(sent + queued <= most);
	}
}

/* One that waits for room hears of it, whoever made it. */
static void test_room_is_told_of(void **state)
{
	static char text[CONSOLE_WAITING];

	memset(text, 'x', sizeof(text));
	is_slow = true;
	queued = KIB(1);
	assert_int_equal(console_write(&ports[1], text, sizeof(text)), sizeof(text));
	assert_int_equal(console_write(&ports[1], text, sizeof(text)), 0);
	console_poll();
	assert_false(console_must_poll());
	queued = 0;
	for (unsigned i = 0; i < 20 && !console_has_room(&ports[1]); i++) {
		queued = 0;
		console_line("host: a line");
	}
	assert_true(console_has_room(&ports[1]));
	queued = KIB(1);
	assert_true(console_must_poll());
	console_poll();
	assert_false(console_must_poll());
}

/* Lines of ours come in the order of events, and without end they hide no guest's. */
static void test_lines_of_ours_take_turns_too(void **state)
{
	is_slow = true;
	queued = 129;
	say(1, "before\n");
	expect("");
	console_line("host: after");
	expect("bb| before\r\nhost: after\r\n");
	queued = KIB(5);
	assert_false(console_line_fits());
	console_write(&ports[1], "b1\nb2\n", 6);
	expect("");
	console_line("host: x");
	console_line("host: x");
	expect("bb| b1\r\nhost: x\r\nbb| b2\r\nhost: x\r\n");
	console_flush(); /* before the main loop, or behind it, all lines fit */
	assert_true(console_line_fits());
}

static void test_finish_shows_everything(void **state)
{
	is_slow = true;
	queued = KIB(1);
	say(1, "b1\nb2\n");
	console_set_alone(true);
	out_bytes = 0;
	console_finish();
	expect("\r\nbb| b1\r\nbb| b2\r\n");
}

/* ---- a line of its own ---- */

static void test_own_line(void **state)
{
	static char text[CONSOLE_WAITING];
	char got[8] = {0};

	memset(text, 'x', sizeof(text));
	assert_false(console_port_open(&ports[1], "com3", 9600));
	assert_null(ports[1].own);
	own_room = 1000;
	assert_true(console_port_open(&ports[1], "com2", 9600));
	assert_int_equal(console_write(&ports[1], "raw\n\033", 5), 5);
	assert_memory_equal(own_out, "raw\n\033", 5);
	expect("");
	assert_int_equal(console_write(&ports[1], text, sizeof(text)), sizeof(text));
	assert_false(console_has_room(&ports[1]));
	own_room = 20000;
	console_poll();
	assert_true(console_has_room(&ports[1]));
	assert_int_equal(own_bytes, 5 + sizeof(text));
	own_typed = "keys\035";
	console_poll();
	assert_int_equal(console_read(&ports[1], got, sizeof(got)), 5);
	assert_string_equal(got, "keys\035");
	assert_int_equal(console_take_command(), 0);
	own_room = 0;
	console_write(&ports[1], "last", 4);
	console_finish();
	assert_memory_equal(&own_out[own_bytes - 4], "last", 4);
	console_set_focus(&ports[1]);
	console_set_alone(true);
	assert_false(console_is_alone());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONSOLE_TEST(test_alone_passes_bytes),
		CONSOLE_TEST(test_leaving_the_view_of_one),
		CONSOLE_TEST(test_leaving_amid_the_replay),
		CONSOLE_TEST(test_alone_follows_the_keyboard),
		CONSOLE_TEST(test_replay_is_the_last_16_kib),
		CONSOLE_TEST(test_a_flood_delays_nobody),
		CONSOLE_TEST(test_room_is_told_of),
		CONSOLE_TEST(test_lines_of_ours_take_turns_too),
		CONSOLE_TEST(test_finish_shows_everything),
		CONSOLE_TEST(test_own_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
