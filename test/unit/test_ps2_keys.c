/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what keys type: every scan code with every modifier, locks, and bytes that are no keys. */
/* unit-sources: drivers/ps2_keys.c */
#include "drivers/ps2_keys.h"

#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

static struct ps2_keys keys;
static char typed[512];
static size_t typed_bytes;

static int reset(void **state)
{
	keys = (struct ps2_keys){0};
	typed_bytes = 0;
	return 0;
}

static void send(uint8_t byte)
{
	char out[PS2_KEYS_TEXT + 1];
	unsigned n;

	out[PS2_KEYS_TEXT] = 'G';
	n = ps2_keys_take(&keys, byte, out);
	assert_true(n <= PS2_KEYS_TEXT && out[PS2_KEYS_TEXT] == 'G');
	assert_true(typed_bytes + n <= sizeof(typed));
	memcpy(&typed[typed_bytes], out, n);
	typed_bytes += n;
}

static void send_all(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		send((uint8_t)bytes[i]);
}
#define SEND(bytes) send_all(bytes, sizeof(bytes) - 1)

static void expect_bytes(const char *text, size_t bytes)
{
	assert_int_equal(typed_bytes, bytes);
	assert_memory_equal(typed, text, bytes);
	typed_bytes = 0;
}
#define EXPECT(text) expect_bytes(text, sizeof(text) - 1)

/* Pressed and released, with what is held around it. */
static void press(const char *held, uint8_t code, bool is_extended)
{
	send_all(held, strlen(held));
	if (is_extended)
		send(0xE0);
	send(code);
	if (is_extended)
		send(0xE0);
	send(code | 0x80);
	for (size_t i = strlen(held); i-- > 0;)
		send((uint8_t)held[i] | 0x80);
}

/* Every key of a PC's keyboard by its scan code: plain, with Shift, with Ctrl. NULL: nothing. */
static const struct key {
	uint8_t code;
	const char *plain, *shift, *ctrl;
} rows[] = {
	{0x01, "\033", "\033", "\033"},
	{0x02, "1", "!", "1"},
	{0x0A, "9", "(", "9"},
	{0x0B, "0", ")", "0"},
	{0x04, "3", "#", "\033"},
	{0x05, "4", "$", "\034"},
	{0x06, "5", "%", "\035"},
	{0x07, "6", "^", "\036"},
	{0x08, "7", "&", "\037"},
	{0x09, "8", "*", "\177"},
	{0x0C, "-", "_", "\037"},
	{0x0D, "=", "+", "="},
	{0x0E, "\177", "\177", "\177"},
	{0x0F, "\t", "\t", "\t"},
	{0x1A, "[", "{", "\033"},
	{0x1B, "]", "}", "\035"},
	{0x1C, "\r", "\r", "\r"},
	{0x27, ";", ":", ";"},
	{0x28, "'", "\"", "'"},
	{0x2B, "\\", "|", "\034"},
	{0x33, ",", "<", ","},
	{0x34, ".", ">", "."},
	{0x35, "/", "?", "\037"},
	{0x37, "*", "*", "*"},
	{0x56, "\\", "|", "\034"},
	{0x3B, "\033OP", "\033OP", "\033OP"},
	{0x3C, "\033OQ", "\033OQ", "\033OQ"},
	{0x3D, "\033OR", "\033OR", "\033OR"},
	{0x3E, "\033OS", "\033OS", "\033OS"},
	{0x3F, "\033[15~", "\033[15~", "\033[15~"},
	{0x40, "\033[17~", "\033[17~", "\033[17~"},
	{0x41, "\033[18~", "\033[18~", "\033[18~"},
	{0x42, "\033[19~", "\033[19~", "\033[19~"},
	{0x43, "\033[20~", "\033[20~", "\033[20~"},
	{0x44, "\033[21~", "\033[21~", "\033[21~"},
	{0x57, "\033[23~", "\033[23~", "\033[23~"},
	{0x58, "\033[24~", "\033[24~", "\033[24~"},
	{0x47, "7", "\033[H", "\037"},
	{0x48, "8", "\033[A", "\177"},
	{0x49, "9", "\033[5~", "9"},
	{0x4A, "-", "-", "\037"},
	{0x4B, "4", "\033[D", "\034"},
	{0x4C, "5", NULL, "\035"},
	{0x4D, "6", "\033[C", "\036"},
	{0x4E, "+", "+", "+"},
	{0x4F, "1", "\033[F", "1"},
	{0x50, "2", "\033[B", ""},
	{0x51, "3", "\033[6~", "\033"},
	{0x52, "0", "\033[2~", "0"},
	{0x53, ".", "\033[3~", "."},
};

static const struct {
	uint8_t code;
	const char *text;
} extended[] = {
	{0x1C, "\r"},      {0x35, "/"},       {0x47, "\033[H"},  {0x48, "\033[A"},
	{0x49, "\033[5~"}, {0x4B, "\033[D"},  {0x4D, "\033[C"},  {0x4F, "\033[F"},
	{0x50, "\033[B"},  {0x51, "\033[6~"}, {0x52, "\033[2~"}, {0x53, "\033[3~"},
};

static void expect_key(const char *text)
{
	if (text && !*text)
		expect_bytes("", 1); /* Ctrl-2 is NUL */
	else
		expect_bytes(text, text ? strlen(text) : 0);
}

static void test_every_key(void **state)
{
	bool known[0x80] = {[0x1D] = true, [0x2A] = true, [0x36] = true, [0x38] = true};
	static const char letters[] = "qwertyuiop\0\0\0\0asdfghjkl\0\0\0\0\0zxcvbnm";

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct key *k = &rows[i];

		known[k->code] = true;
		press("", k->code, false);
		expect_key(k->plain);
		press("\x2A", k->code, false);
		expect_key(k->shift);
		press("\x36", k->code, false);
		expect_key(k->shift);
		press("\x1D", k->code, false);
		expect_key(k->ctrl);
	}
	for (unsigned i = 0; i < sizeof(letters); i++) {
		char c = letters[i], upper = (char)(c - 32), ctrl = (char)(c - 96);

		if (!c)
			continue;
		known[0x10 + i] = true;
		press("", (uint8_t)(0x10 + i), false);
		expect_bytes(&c, 1);
		press("\x2A", (uint8_t)(0x10 + i), false);
		expect_bytes(&upper, 1);
		press("\x1D", (uint8_t)(0x10 + i), false);
		expect_bytes(&ctrl, 1);
	}
	press("", 0x03, false), press("\x2A", 0x03, false), press("\x1D", 0x03, false);
	EXPECT("2@\0");
	press("", 0x29, false), press("\x2A", 0x29, false), press("\x1D", 0x29, false);
	EXPECT("`~\0");
	press("", 0x39, false), press("\x2A", 0x39, false), press("\x1D", 0x39, false);
	EXPECT("  \0");
	known[0x03] = known[0x29] = known[0x39] = true;
	for (unsigned code = 1; code < 0x80; code++)
		if (!known[code] && code != 0x60 && code != 0x61) {
			press("", (uint8_t)code, false);
			EXPECT("");
		}
}

static void test_every_extended_key(void **state)
{
	for (unsigned code = 1; code < 0x80; code++) {
		const char *text = "";

		if (code == 0x60 || code == 0x61)
			continue; /* those bytes have another meaning */
		for (unsigned i = 0; i < ARRAY_SIZE(extended); i++)
			if (extended[i].code == code)
				text = extended[i].text;
		press("", (uint8_t)code, true);
		expect_bytes(text, strlen(text));
	}
}

static void test_alt_puts_escape_in_front(void **state)
{
	press("\x38", 0x1E, false);
	press("\x38\x2A", 0x1E, false);
	press("\x38\x1D", 0x1E, false);
	EXPECT("\033a\033A\033\001");
	SEND("\xE0\x38\x1E\x9E\xE0\xB8"); /* the right one */
	EXPECT("\033a");
	SEND("\xE0\x1D\x1E\x9E\xE0\x9D\x1E"); /* right Ctrl */
	EXPECT("\001a");
}

static void test_one_of_two_shifts_is_enough(void **state)
{
	SEND("\x2A\x36\xAA\x1E\xB6\x1E");
	EXPECT("Aa");
}

static void test_caps_lock(void **state)
{
	SEND("\x3A\x3A\xBA"); /* held: it repeats */
	SEND("\x1E\x02\x2A\x1E\x02\xAA\x56");
	EXPECT("A1a!\\");
	SEND("\x3A\xBA\x1E");
	EXPECT("a");
}

static void test_num_lock(void **state)
{
	SEND("\x45\xC5\x48\x2A\x4F\xAA\x4C\x4A");
	EXPECT("\033[A\033[F-");
	SEND("\x45\xC5\x48");
	EXPECT("8");
}

static void test_made_up_shifts(void **state)
{
	SEND("\xE0\x2A\xE0\x48\x1E\xE0\xC8\xE0\xAA\x1E"); /* an arrow with Num Lock on */
	EXPECT("\033[Aaa");
	SEND("\x2A\xE0\xAA\xE0\x4B\xE0\xCB\xE0\x2A\x1E\xAA\x1E"); /* and with Shift held */
	EXPECT("\033[DAa");
	SEND("\xE0\x2A\xE0\x37\xE0\xB7\xE0\xAA\x1E"); /* Print Screen */
	EXPECT("a");
}

static void test_pause_types_nothing(void **state)
{
	SEND("\xE1\x1D\x45\xE1\x9D\xC5\x1E\x47");
	EXPECT("a7");
}

static void test_bytes_that_are_no_keys(void **state)
{
	SEND("\xFA\xFE\xEE\xAA\xFC\xFD\x1E");
	EXPECT("a");
	SEND("\x2A\xFF\x1E"); /* keys were lost: perhaps the release of Shift */
	EXPECT("a");
	send(0x1D);
	send(0);
	SEND("\x1E");
	EXPECT("a");
	SEND("\xE0\xE0\x48\xE0\xFA\x48");
	EXPECT("\033[A8");
}

static void test_any_bytes(void **state)
{
	struct unit_random r = {1};

	for (unsigned i = 0; i < 300000; i++) {
		send((uint8_t)unit_random(&r));
		typed_bytes = 0;
	}
	SEND("\xFF\x01\x01\xFF"); /* whatever was begun is over */
	keys.caps_lock = keys.num_off = false;
	typed_bytes = 0;
	SEND("\x1E\x48");
	EXPECT("a8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_key, reset),
		cmocka_unit_test_setup(test_every_extended_key, reset),
		cmocka_unit_test_setup(test_alt_puts_escape_in_front, reset),
		cmocka_unit_test_setup(test_one_of_two_shifts_is_enough, reset),
		cmocka_unit_test_setup(test_caps_lock, reset),
		cmocka_unit_test_setup(test_num_lock, reset),
		cmocka_unit_test_setup(test_made_up_shifts, reset),
		cmocka_unit_test_setup(test_pause_types_nothing, reset),
		cmocka_unit_test_setup(test_bytes_that_are_no_keys, reset),
		cmocka_unit_test_setup(test_any_bytes, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
