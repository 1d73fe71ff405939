/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the keyboard controller's driver: good ones, none, broken ones; it never waits for ever.
 */
/* unit-sources: drivers/ps2.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/ps2.h"

#include <string.h>

#include "core/delay.h"
#include "test/unit/fake_io.h"
#include "test/unit/unit.h"

/* The fake controller. */
static struct {
	uint8_t config;
	uint8_t out[64]; /* bytes that wait to be read, and whether of the second port */
	bool aux[64];
	unsigned head, tail;
	int expects; /* the command whose data byte comes next, or -1 */
	bool keyboard_on, aux_on, scanning;
	/* How it is broken. */
	bool absent, has_no_keyboard, never_takes, never_answers, floods;
	uint8_t noise; /* that the keyboard sends before each answer */
} chip;

static uint64_t waited_us;

void delay_us(uint32_t us)
{
	waited_us += us;
}

static void answer(uint8_t byte, bool is_aux)
{
	chip.aux[chip.head % 64] = is_aux;
	chip.out[chip.head++ % 64] = byte;
}

static void command(uint8_t byte)
{
	chip.expects = byte == 0x60 ? byte : -1;
	if (byte == 0x20 && !chip.never_answers)
		answer(chip.config, false);
	else if (byte == 0xAD || byte == 0xAE)
		chip.keyboard_on = byte == 0xAE;
	else if (byte == 0xA7)
		chip.aux_on = false;
	else
		assert_true(byte == 0x60 || byte == 0x20);
}

static void data(uint8_t byte)
{
	if (chip.expects == 0x60) {
		chip.config = byte;
	} else if (!chip.has_no_keyboard) {
		assert_true(byte == 0xF6 || byte == 0xF4);
		chip.scanning |= byte == 0xF4;
		if (chip.noise)
			answer(chip.noise, false);
		answer(0xFA, false);
	}
	chip.expects = -1;
}

void outb(uint16_t port, uint8_t value)
{
	assert_true(port == 0x60 || port == 0x64);
	assert_false(chip.never_takes); /* it said so */
	if (chip.absent)
		return;
	if (port == 0x64)
		command(value);
	else
		data(value);
}

uint8_t inb(uint16_t port)
{
	bool waits = chip.floods || chip.head != chip.tail;

	if (chip.absent)
		return 0xFF;
	if (port == 0x64)
		return (uint8_t)(waits | chip.never_takes << 1 | 0x10 |
				 (waits && chip.aux[chip.tail % 64]) << 5);
	assert_int_equal(port, 0x60);
	if (!waits || chip.floods)
		return 0x33;
	return chip.out[chip.tail++ % 64];
}

static int reset(void **state)
{
	memset(&chip, 0, sizeof(chip));
	chip.config = 0x33; /* interrupts of both on, both ports off, no translation */
	chip.expects = -1;
	waited_us = 0;
	return 0;
}

static void test_a_good_one(void **state)
{
	answer(0x1E, false); /* typed before */
	answer(0x08, true);
	chip.aux_on = true;
	assert_true(ps2_init());
	assert_true(chip.keyboard_on && chip.scanning && !chip.aux_on);
	assert_int_equal(chip.config, 0x61); /* interrupt, second port off, translation */
	assert_int_equal(ps2_read(), -1);
	answer(0x9E, false);
	answer(0x55, true); /* of the second port: what no key is */
	assert_int_equal(ps2_read(), 0x9E);
	assert_int_equal(ps2_read(), 0xFA);
	assert_int_equal(ps2_read(), -1);
}

static void test_keys_while_it_starts(void **state)
{
	chip.noise = 0x1E;
	assert_true(ps2_init());
	assert_true(chip.scanning);
}

static void test_without_a_keyboard(void **state)
{
	chip.has_no_keyboard = true;
	assert_true(ps2_init()); /* one may be plugged in */
	assert_int_equal(chip.config & 1, 1);
	assert_true(waited_us < 300000);
}

static void test_none_and_broken_ones(void **state)
{
	bool *const ways[] = {&chip.absent, &chip.never_takes, &chip.never_answers};

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		reset(NULL);
		*ways[i] = true;
		assert_false(ps2_init());
		assert_true(waited_us < 100000);
	}
	chip.absent = true;
	assert_int_equal(ps2_read(), -1);
}

static void test_one_that_always_has_a_byte(void **state)
{
	chip.floods = true;
	ps2_init();
	assert_true(waited_us < 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_good_one, reset),
		cmocka_unit_test_setup(test_keys_while_it_starts, reset),
		cmocka_unit_test_setup(test_without_a_keyboard, reset),
		cmocka_unit_test_setup(test_none_and_broken_ones, reset),
		cmocka_unit_test_setup(test_one_that_always_has_a_byte, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
