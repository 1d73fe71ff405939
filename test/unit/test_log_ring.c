/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the log ring: its lines, its tail, and that damage of any kind is noticed. */
/* unit-sources: core/log_ring.c */
#include "core/log_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/unit.h"

static struct log_ring ring;

static void put(const char *text)
{
	while (*text)
		log_ring_put(&ring, *text++);
}

static int start(void **state)
{
	log_ring_init(&ring);
	return 0;
}

static void put_numbers(unsigned first, unsigned count)
{
	char line[32];

	for (unsigned i = first; i < first + count; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		put(line);
	}
}

static void is_line(uint32_t *at, const char *wanted)
{
	char line[64];

	assert_true(log_ring_line(&ring, at, line, sizeof(line)));
	assert_string_equal(line, wanted);
}

static void is_over(uint32_t *at)
{
	char line[64];

	assert_false(log_ring_line(&ring, at, line, sizeof(line)));
}

static void test_last_lines(void **state)
{
	uint32_t at;

	put_numbers(1, 5);
	at = log_ring_find(&ring, 2);
	is_line(&at, "line 4");
	is_line(&at, "line 5");
	is_over(&at);
	at = log_ring_find(&ring, 9);
	is_line(&at, "line 1");
}

static void test_empty(void **state)
{
	uint32_t at = log_ring_find(&ring, 40);

	is_over(&at);
	assert_true(log_ring_is_whole(&ring));
}

/* More lines than fit: the oldest, of which only a part is left, is left out. */
static void test_wrapped(void **state)
{
	uint32_t at;
	unsigned n = 0;
	char line[64], wanted[32];

	put_numbers(0, 10000);
	assert_true(log_ring_is_whole(&ring));
	at = log_ring_find(&ring, 40);
	is_line(&at, "line 9960");
	at = log_ring_find(&ring, 100000);
	assert_true(ring.written - at <= LOG_RING_BYTES);
	while (log_ring_line(&ring, &at, line, sizeof(line)))
		n++;
	snprintf(wanted, sizeof(wanted), "line %u", 9999);
	assert_string_equal(line, wanted);
	assert_in_range(n, LOG_RING_BYTES / 10 - 1, LOG_RING_BYTES / 10);
}

static void test_cut_and_printable(void **state)
{
	char line[5];
	uint32_t at = 0;

	put("a\x1b[31mtext\n");
	assert_true(log_ring_line(&ring, &at, line, sizeof(line)));
	assert_string_equal(line, "a?[3");
	is_over(&at);
}

static void test_tail(void **state)
{
	char tail[16];

	put("0123456789");
	assert_int_equal(log_ring_tail(&ring, tail, 4), 4);
	assert_memory_equal(tail, "6789", 4);
	assert_int_equal(log_ring_tail(&ring, tail, sizeof(tail)), 10);
}

/* Any bit anywhere. */
static void test_damage(void **state)
{
	uint8_t *bytes = (uint8_t *)&ring;

	put_numbers(0, 7000);
	for (size_t i = 0; i < sizeof(ring); i += i < 64 ? 1 : 97) {
		bytes[i] ^= (uint8_t)(1 << i % 8);
		assert_false(log_ring_is_whole(&ring));
		bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(log_ring_is_whole(&ring));
}

/* Two places exchanged keep the plain sum. */
static void test_exchanged(void **state)
{
	put("ab");
	memcpy(ring.text, "ba", 2);
	assert_false(log_ring_is_whole(&ring));
}

static void test_random_memory(void **state)
{
	uint8_t *bytes = (uint8_t *)&ring;

	srand(1);
	for (unsigned round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(ring); i++)
			bytes[i] = (uint8_t)rand();
		ring.magic = LOG_RING_MAGIC;
		ring.not_written = ~ring.written;
		assert_false(log_ring_is_whole(&ring));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_last_lines, start),
		cmocka_unit_test_setup(test_empty, start),
		cmocka_unit_test_setup(test_wrapped, start),
		cmocka_unit_test_setup(test_cut_and_printable, start),
		cmocka_unit_test_setup(test_tail, start),
		cmocka_unit_test_setup(test_damage, start),
		cmocka_unit_test_setup(test_exchanged, start),
		cmocka_unit_test_setup(test_random_memory, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
