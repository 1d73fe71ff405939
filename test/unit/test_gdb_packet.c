/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests gdb's packets: what is taken, what is refused, what is sent. */
/* unit-sources: core/gdb_packet.c */
#include "core/gdb_packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

static struct gdb_link l;

static int setup(void **state)
{
	(void)state;
	memset(&l, 0, sizeof(l));
	return 0;
}

/* The last event of these bytes; no other may come before it. */
static enum gdb_event receive(const char *bytes, size_t count)
{
	enum gdb_event event = GDB_NOTHING;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(event, GDB_NOTHING);
		event = gdb_receive(&l, (uint8_t)bytes[i]);
	}
	return event;
}

static enum gdb_event receive_text(const char *text)
{
	return receive(text, strlen(text));
}

static void test_packet(void **state)
{
	(void)state;
	assert_int_equal(receive_text("+$m0,4#fd"), GDB_ARRIVED);
	assert_string_equal(l.in, "m0,4");
	assert_int_equal(l.in_bytes, 4);
	assert_int_equal(receive_text("$#00"), GDB_ARRIVED);
	assert_string_equal(l.in, "");
	assert_int_equal(receive_text("$m0,4#FD"), GDB_ARRIVED);
}

static void test_bad_checksum(void **state)
{
	static const char *const bad[] = {"$m0,4#fe", "$m0,4#0d", "$m0,4#xd",
					  "$m0,4#fx", "$m0,4###", "$#0x"};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(receive_text(bad[i]), GDB_BAD);
		assert_int_equal(receive_text("$g#67"), GDB_ARRIVED);
	}
}

static void test_between_packets(void **state)
{
	(void)state;
	assert_int_equal(receive_text("+++noise#12"), GDB_NOTHING);
	assert_int_equal(receive("\x03", 1), GDB_BREAK);
	assert_int_equal(receive_text("-"), GDB_RESEND);
}

static void test_cut_off(void **state)
{
	(void)state;
	assert_int_equal(receive_text("$m1234$g#67"), GDB_ARRIVED);
	assert_string_equal(l.in, "g");
}

/* Binary data: a Ctrl-C, a NUL and a minus within a packet are data. */
static void test_binary(void **state)
{
	const char packet[] = "$X\x03-\0}]#79";
	char data[] = "a}\x03}]b}";

	(void)state;
	assert_int_equal(receive(packet, sizeof(packet) - 1), GDB_BAD);
	assert_int_equal(receive("$X\x03-\0}]#62", 10), GDB_ARRIVED);
	assert_int_equal(l.in_bytes, 6);
	assert_memory_equal(l.in, "X\x03-\0}]", 6);
	assert_int_equal(gdb_unescape(data, sizeof(data) - 1), 5);
	assert_memory_equal(data, "a#}b}", 5);
}

static void test_length(void **state)
{
	char tail[8];

	(void)state;
	for (unsigned extra = 0; extra < 3; extra++) {
		uint8_t sum = (uint8_t)('m' * (GDB_PACKET + extra));

		assert_int_equal(gdb_receive(&l, '$'), GDB_NOTHING);
		for (unsigned i = 0; i < GDB_PACKET + extra; i++)
			assert_int_equal(gdb_receive(&l, 'm'), GDB_NOTHING);
		snprintf(tail, sizeof(tail), "#%02x", sum);
		assert_int_equal(receive_text(tail), extra ? GDB_TOO_LONG : GDB_ARRIVED);
	}
	assert_int_equal(receive_text("$g#67"), GDB_ARRIVED);
}

static void expect_out(const char *text)
{
	gdb_end(&l);
	assert_int_equal(l.out_bytes, strlen(text));
	assert_memory_equal(l.out, text, l.out_bytes);
}

static void test_reply(void **state)
{
	(void)state;
	gdb_begin(&l);
	gdb_put(&l, "OK");
	expect_out("$OK#9a");
	gdb_begin(&l);
	expect_out("$#00");
	gdb_begin(&l);
	gdb_put_number(&l, 0);
	gdb_put_char(&l, ',');
	gdb_put_number(&l, 0xFEDCBA98);
	gdb_put_char(&l, ',');
	gdb_put_number(&l, 0x1000);
	gdb_put_hex(&l, "\x01\xFF", 2);
	expect_out("$0,fedcba98,100001ff#3c");
}

static void test_reply_too_long(void **state)
{
	(void)state;
	gdb_begin(&l);
	for (unsigned i = 0; i < 2 * GDB_PACKET; i++)
		gdb_put_char(&l, 'x');
	assert_int_equal(gdb_room(&l), 0);
	gdb_end(&l);
	assert_int_equal(l.out_bytes, GDB_PACKET + 4);
	assert_int_equal(l.out[GDB_PACKET + 1], '#');
}

static void test_reading(void **state)
{
	const char *s = "Z0,c0101234,1:fFg";
	uint32_t value;
	uint8_t byte;

	(void)state;
	assert_false(gdb_take(&s, "z"));
	assert_true(gdb_take(&s, "Z"));
	assert_true(gdb_take_number(&s, &value));
	assert_int_equal(value, 0);
	assert_false(gdb_take_number(&s, &value));
	assert_true(gdb_take(&s, ","));
	assert_true(gdb_take_number(&s, &value));
	assert_int_equal(value, 0xC0101234);
	assert_true(gdb_take(&s, ",1:"));
	assert_true(gdb_take_byte(&s, &byte));
	assert_int_equal(byte, 0xFF);
	assert_false(gdb_take_byte(&s, &byte));
	assert_string_equal(s, "g");
	s = "123456789";
	assert_false(gdb_take_number(&s, &value));
	s = "000000000";
	assert_true(gdb_take_number(&s, &value));
	s = "f";
	assert_false(gdb_take_byte(&s, &byte));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_packet, setup),
		cmocka_unit_test_setup(test_bad_checksum, setup),
		cmocka_unit_test_setup(test_between_packets, setup),
		cmocka_unit_test_setup(test_cut_off, setup),
		cmocka_unit_test_setup(test_binary, setup),
		cmocka_unit_test_setup(test_length, setup),
		cmocka_unit_test_setup(test_reply, setup),
		cmocka_unit_test_setup(test_reply_too_long, setup),
		cmocka_unit_test_setup(test_reading, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
