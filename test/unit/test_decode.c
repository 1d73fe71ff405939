/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the instruction decoder against a table of what it must know. */
/* unit-sources: core/decode.c */
#include "core/decode.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

/* SDM 2A and 2B; size 0 means: by the operand size prefix. */
static const struct row {
	uint8_t opcode;
	enum decode_kind kind;
	unsigned bytes; /* without prefixes */
	uint8_t size;
	bool has_number, in_dx;
	uint8_t number;
} rows[] = {
	{0xE4, DECODE_IN, 2, 1, true, false, 0},   {0xE5, DECODE_IN, 2, 0, true, false, 0},
	{0xE6, DECODE_OUT, 2, 1, true, false, 0},  {0xE7, DECODE_OUT, 2, 0, true, false, 0},
	{0xEC, DECODE_IN, 1, 1, false, true, 0},   {0xED, DECODE_IN, 1, 0, false, true, 0},
	{0xEE, DECODE_OUT, 1, 1, false, true, 0},  {0xEF, DECODE_OUT, 1, 0, false, true, 0},
	{0xFA, DECODE_CLI, 1, 0, false, false, 0}, {0xCC, DECODE_INT, 1, 0, false, false, 3},
	{0xCE, DECODE_INT, 1, 0, false, false, 4}, {0xCD, DECODE_INT, 2, 0, true, false, 0},
};

static const uint8_t prefixes[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67};

static const struct row *find_row(uint8_t opcode)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].opcode == opcode)
			return &rows[i];
	return NULL;
}

/* What decode() must say about exactly these bytes. */
static struct decoded oracle(const uint8_t *bytes, unsigned count)
{
	struct decoded d = {.kind = DECODE_OTHER};
	const struct row *row;
	unsigned n = 0;
	bool word = false;

	for (; n < count && memchr(prefixes, bytes[n], sizeof(prefixes)); n++)
		word = word || bytes[n] == 0x66;
	if (n == count)
		return d;
	if (count - n >= 3 && !memcmp(&bytes[n], "\x0F\x01\xC1", 3)) {
		d.kind = DECODE_VMCALL;
		d.length = (uint8_t)(n + 3);
		return d;
	}
	row = find_row(bytes[n]);
	if (!row || count - n < row->bytes)
		return d;
	d.kind = row->kind;
	d.length = (uint8_t)(n + row->bytes);
	d.number = row->has_number ? bytes[n + 1] : row->number;
	d.port_in_dx = row->in_dx;
	if (row->kind == DECODE_IN || row->kind == DECODE_OUT)
		d.size = row->size ? row->size : word ? 2 : 4;
	return d;
}

static bool same(const struct decoded *a, const struct decoded *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == DECODE_OTHER)
		return true;
	if (a->length != b->length)
		return false;
	if (a->kind == DECODE_INT)
		return a->number == b->number;
	if (a->kind != DECODE_IN && a->kind != DECODE_OUT)
		return true;
	return a->size == b->size && a->port_in_dx == b->port_in_dx &&
	       (a->port_in_dx || a->number == b->number);
}

/* All truncations, each in memory of exactly that size. */
static void check(const uint8_t *bytes, unsigned count)
{
	for (unsigned n = 0; n <= count; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct decoded is, must;

		memcpy(copy, bytes, n);
		is = decode(copy, n);
		must = oracle(copy, n);
		if (!same(&is, &must))
			fail_msg("%02x %02x %02x %02x..., %u bytes: kind %u length %u size %u, not "
				 "%u %u %u",
				 bytes[0], bytes[1], bytes[2], bytes[3], n, is.kind, is.length,
				 is.size, must.kind, must.length, must.size);
		free(copy);
	}
}

static void test_every_two_bytes(void **state)
{
	uint8_t bytes[5] = {0, 0, 0x5A, 0xC3, 0};

	for (unsigned n = 0; n < 65536; n++) {
		bytes[0] = (uint8_t)(n >> 8);
		bytes[1] = (uint8_t)n;
		check(bytes, sizeof(bytes));
	}
}

static void test_every_0f_xx_c1_and_0f_01_xx(void **state)
{
	for (unsigned n = 0; n < 256; n++) {
		uint8_t second[] = {0x0F, (uint8_t)n, 0xC1, 0x90};
		uint8_t third[] = {0x0F, 0x01, (uint8_t)n, 0x90};

		check(second, sizeof(second));
		check(third, sizeof(third));
	}
}

static void test_each_prefix_before_each_opcode(void **state)
{
	for (unsigned prefix = 0; prefix < 256; prefix++) {
		for (unsigned opcode = 0; opcode < 256; opcode++) {
			uint8_t one[] = {(uint8_t)prefix, (uint8_t)opcode, 0x01, 0xC1, 0x90};
			uint8_t two[] = {0x66, (uint8_t)prefix, (uint8_t)opcode, 0x01, 0xC1};

			check(one, sizeof(one));
			check(two, sizeof(two));
		}
	}
}

static void test_prefixes_up_to_the_longest_instruction(void **state)
{
	for (size_t p = 0; p < sizeof(prefixes); p++) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			for (unsigned n = 0; n <= DECODE_MAX_BYTES; n++) {
				uint8_t bytes[DECODE_MAX_BYTES + 2];

				memset(bytes, prefixes[p], sizeof(bytes));
				bytes[n] = rows[i].opcode;
				bytes[n + 1] = 0x42;
				check(bytes, DECODE_MAX_BYTES);
			}
		}
	}
}

static void test_known_instructions(void **state)
{
	struct decoded d = decode((const uint8_t[]){0x66, 0xE5, 0x60}, 3);

	assert_int_equal(d.kind, DECODE_IN);
	assert_int_equal(d.size, 2);
	assert_int_equal(d.number, 0x60);
	assert_int_equal(d.length, 3);
	d = decode((const uint8_t[]){0xCD, 0x80}, 2);
	assert_int_equal(d.kind, DECODE_INT);
	assert_int_equal(d.number, 0x80);
	d = decode((const uint8_t[]){0xF0, 0xEE}, 2); /* lock out: the guest's #UD */
	assert_int_equal(d.kind, DECODE_OTHER);
	d = decode((const uint8_t[]){0xF3, 0x6E}, 2); /* rep outs */
	assert_int_equal(d.kind, DECODE_OTHER);
}

static void test_random_bytes(void **state)
{
	struct unit_random r = {9};

	for (int i = 0; i < 100000; i++) {
		uint8_t bytes[DECODE_MAX_BYTES];

		for (size_t n = 0; n < sizeof(bytes); n++) {
			uint64_t x = unit_random(&r);

			bytes[n] = x & 0x300 ? prefixes[x % 8] : x >> 16;
			if ((x & 0x1C00) == 0)
				bytes[n] = rows[x % ARRAY_SIZE(rows)].opcode;
		}
		check(bytes, sizeof(bytes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_two_bytes),
		cmocka_unit_test(test_every_0f_xx_c1_and_0f_01_xx),
		cmocka_unit_test(test_each_prefix_before_each_opcode),
		cmocka_unit_test(test_prefixes_up_to_the_longest_instruction),
		cmocka_unit_test(test_known_instructions),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
