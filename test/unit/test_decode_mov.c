/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the decoder of device moves against a table-driven oracle of its own. */
/* unit-sources: core/decode_mov.c */
#include "core/decode_mov.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MAX_BYTES 15u

enum form { MODRM, IMMEDIATE, OFFSET };

/* SDM 2A and 2B, MOV, MOVZX, MOVSX. A size of 0: by the operand size prefix. */
static const struct row {
	uint8_t opcode[2]; /* one byte, or 0F and another */
	uint8_t form;
	uint8_t size, reg_size;
	bool is_write, extends, is_signed;
} rows[] = {
	{{0x88}, MODRM, 1, 1, true, false, false},
	{{0x89}, MODRM, 0, 0, true, false, false},
	{{0x8A}, MODRM, 1, 1, false, false, false},
	{{0x8B}, MODRM, 0, 0, false, false, false},
	{{0xA0}, OFFSET, 1, 1, false, false, false},
	{{0xA1}, OFFSET, 0, 0, false, false, false},
	{{0xA2}, OFFSET, 1, 1, true, false, false},
	{{0xA3}, OFFSET, 0, 0, true, false, false},
	{{0xC6}, IMMEDIATE, 1, 1, true, false, false},
	{{0xC7}, IMMEDIATE, 0, 0, true, false, false},
	{{0x0F, 0xB6}, MODRM, 1, 0, false, true, false},
	{{0x0F, 0xB7}, MODRM, 2, 0, false, true, false},
	{{0x0F, 0xBE}, MODRM, 1, 0, false, true, true},
	{{0x0F, 0xBF}, MODRM, 2, 0, false, true, true},
};

/* Bytes of displacement by mod, for a base register (SDM 2A, table 2-2). */
static const unsigned displacement[3] = {0, 1, 4};

static const uint8_t prefix_sets[][5] = {
	{0},    {0x66}, {0x26},       {0x2E},       {0x36},       {0x3E},
	{0x64}, {0x65}, {0x66, 0x66}, {0x66, 0x65}, {0x64, 0x66}, {0x26, 0x2E, 0x36, 0x3E, 0x64},
};

static const struct row *find_row(const uint8_t *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].opcode[0] == at[0] && (at[0] != 0x0F || rows[i].opcode[1] == at[1]))
			return &rows[i];
	return NULL;
}

/* modrm, SIB and displacement at *at; 0 if the operand is a register. */
static unsigned operand_bytes(const uint8_t *at)
{
	unsigned mod = at[0] / 64, rm = at[0] % 8;

	if (mod == 3)
		return 0;
	if (rm == 4)
		return 2 + (mod == 0 && at[1] % 8 == 5 ? 4 : displacement[mod]);
	return 1 + (mod == 0 && rm == 5 ? 4 : displacement[mod]);
}

/* Bytes of the instruction behind the opcode; 0 if it is none of ours. */
static unsigned rest_bytes(const struct row *row, const uint8_t *at, unsigned size)
{
	unsigned n;

	if (row->form == OFFSET)
		return 4;
	n = operand_bytes(at);
	if (!n || (row->form == IMMEDIATE && at[0] / 8 % 8 != 0))
		return 0;
	return n + (row->form == IMMEDIATE ? size : 0);
}

/* What the instruction in 32 bytes at bytes is, however many of them are there. */
static struct decoded_mov oracle(const uint8_t *bytes)
{
	struct decoded_mov m = {0};
	const struct row *row;
	unsigned at = 0, wide = 4, rest;

	for (; strchr("\x26\x2E\x36\x3E\x64\x65\x66", bytes[at]) && bytes[at]; at++)
		if (bytes[at] == 0x66)
			wide = 2;
	row = find_row(bytes + at);
	if (!row)
		return m;
	at += bytes[at] == 0x0F ? 2 : 1;
	m.size = row->size ? row->size : (uint8_t)wide;
	m.reg_size = row->reg_size ? row->reg_size : (uint8_t)wide;
	rest = rest_bytes(row, bytes + at, m.size);
	if (!rest)
		return m;
	m.length = (uint8_t)(at + rest);
	m.is_write = row->is_write;
	m.extends = row->extends;
	m.is_signed = row->is_signed;
	m.is_immediate = row->form == IMMEDIATE;
	m.reg = row->form == MODRM ? bytes[at] / 8 % 8 : 0;
	for (unsigned i = m.size; m.is_immediate && i-- > 0;)
		m.immediate = m.immediate << 8 | bytes[m.length - m.size + i];
	return m;
}

static bool same(const struct decoded_mov *a, const struct decoded_mov *b)
{
	if (a->length != b->length || !a->length)
		return a->length == b->length;
	return a->size == b->size && a->is_write == b->is_write &&
	       a->is_immediate == b->is_immediate && a->extends == b->extends &&
	       a->is_signed == b->is_signed && a->reg == b->reg && a->reg_size == b->reg_size &&
	       a->immediate == b->immediate;
}

/* A copy of exactly count bytes: ASan sees a read beyond. */
static struct decoded_mov decode_exactly(const uint8_t *bytes, unsigned count)
{
	uint8_t *copy = malloc(count ? count : 1);
	struct decoded_mov m;

	memcpy(copy, bytes, count);
	m = decode_mov(copy, count);
	free(copy);
	return m;
}

static void check(const uint8_t *bytes, unsigned count)
{
	struct decoded_mov want = oracle(bytes), got = decode_exactly(bytes, count);

	if (want.length > count)
		want.length = 0;
	if (!same(&want, &got))
		fail_msg(
			"%02x %02x %02x %02x %02x %02x %02x, %u bytes: length %u, not %u; size %u, "
			"not %u; register %u, not %u; immediate %x, not %x",
			bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], count,
			got.length, want.length, got.size, want.size, got.reg, want.reg,
			got.immediate, want.immediate);
}

/* All there, and cut off at each length. */
static void check_cuts(const uint8_t *bytes)
{
	unsigned length = oracle(bytes).length;

	check(bytes, MAX_BYTES);
	for (unsigned count = 0; length <= MAX_BYTES && count <= length; count++)
		check(bytes, count);
}

static void fill(uint8_t *bytes, const uint8_t *prefixes)
{
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(0xA1 + 13 * i); /* what follows: displacement, immediate */
	memcpy(bytes, prefixes, strlen((const char *)prefixes));
}

static void test_every_opcode_modrm_and_sib(void **state)
{
	static const uint8_t none[1];
	uint8_t bytes[32];

	fill(bytes, none);
	for (unsigned opcode = 0; opcode < 0x20000; opcode++) {
		unsigned at = opcode >= 0x10000 ? 1 : 0;

		bytes[0] = 0x0F; /* then the second byte, or overwritten */
		bytes[at] = opcode >> 8 & 0xFF;
		bytes[at + 1] = opcode & 0xFF;
		check(bytes, MAX_BYTES);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned at = rows[i].opcode[0] == 0x0F ? 2 : 1;

		memcpy(bytes, rows[i].opcode, at);
		for (unsigned v = 0; v < 0x10000; v++) {
			bytes[at] = v & 0xFF;
			bytes[at + 1] = (uint8_t)(v >> 8);
			check(bytes, MAX_BYTES);
		}
	}
}

static void test_prefixes_and_truncation(void **state)
{
	uint8_t bytes[32];

	for (size_t p = 0; p < ARRAY_SIZE(prefix_sets); p++) {
		unsigned n = (unsigned)strnlen((const char *)prefix_sets[p], 5);

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			unsigned at = n + (rows[i].opcode[0] == 0x0F ? 2 : 1);

			fill(bytes, (const uint8_t *)"");
			memcpy(bytes, prefix_sets[p], n);
			memcpy(bytes + n, rows[i].opcode, at - n);
			for (unsigned modrm = 0; modrm < 256; modrm++) {
				bytes[at] = (uint8_t)modrm;
				bytes[at + 1] = 0x25; /* a SIB without base */
				check_cuts(bytes);
				bytes[at + 1] = 0x24; /* esp */
				check_cuts(bytes);
			}
		}
	}
}

/* lock, rep, address size: not of a move, or not understood; never a length. */
static void test_other_prefixes_are_refused(void **state)
{
	static const uint8_t others[] = {0xF0, 0xF2, 0xF3, 0x67, 0x9B, 0xC4, 0xC5, 0x62};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		uint8_t bytes[MAX_BYTES] = {others[i], 0x8B, 0x03};

		assert_int_equal(decode_exactly(bytes, MAX_BYTES).length, 0);
		memcpy(bytes, (uint8_t[]){0x66, others[i], 0x8B, 0x03}, 4);
		assert_int_equal(decode_exactly(bytes, MAX_BYTES).length, 0);
	}
}

/* By hand, from an assembler: the oracle is not alone. */
static void test_known_instructions(void **state)
{
	static const struct {
		uint8_t bytes[11];
		struct decoded_mov m;
	} known[] = {
		/* mov %al,(%ebx) */
		{{0x88, 0x03}, {.length = 2, .size = 1, .is_write = true, .reg_size = 1}},
		/* mov 0x14(%esi),%dh */
		{{0x8A, 0x76, 0x14}, {.length = 3, .size = 1, .reg = 6, .reg_size = 1}},
		/* movw $0x1234,0x10(%eax,%ecx,4) */
		{{0x66, 0xC7, 0x44, 0x88, 0x10, 0x34, 0x12},
		 {.length = 7,
		  .size = 2,
		  .is_write = true,
		  .is_immediate = true,
		  .reg_size = 2,
		  .immediate = 0x1234}},
		/* movl $0x89ABCDEF,0x11223344 */
		{{0xC7, 0x05, 0x44, 0x33, 0x22, 0x11, 0xEF, 0xCD, 0xAB, 0x89},
		 {.length = 10,
		  .size = 4,
		  .is_write = true,
		  .is_immediate = true,
		  .reg_size = 4,
		  .immediate = 0x89ABCDEF}},
		/* movsbl (%edi),%ecx */
		{{0x0F, 0xBE, 0x0F},
		 {.length = 3,
		  .size = 1,
		  .extends = true,
		  .is_signed = true,
		  .reg = 1,
		  .reg_size = 4}},
		/* movzbw (%edi),%bp */
		{{0x66, 0x0F, 0xB6, 0x2F},
		 {.length = 4, .size = 1, .extends = true, .reg = 5, .reg_size = 2}},
		/* mov %eax,%fs:0x11223344 */
		{{0x64, 0xA3, 0x44, 0x33, 0x22, 0x11},
		 {.length = 6, .size = 4, .is_write = true, .reg_size = 4}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct decoded_mov m = decode_exactly(known[i].bytes, known[i].m.length);

		if (!same(&m, &known[i].m))
			fail_msg("instruction %zu", i);
		m = decode_exactly(known[i].bytes, known[i].m.length - 1u);
		assert_int_equal(m.length, 0);
	}
}

static void test_random_bytes(void **state)
{
	struct unit_random random = {88172645463325252ull};
	uint8_t bytes[48];

	for (unsigned n = 0; n < 300000; n++) {
		for (unsigned i = 0; i < 48; i += 8) {
			uint64_t v = unit_random(&random);

			memcpy(bytes + i, &v, 8);
		}
		bytes[0] = n & 1 ? 0x66 : prefix_sets[2 + n % 6][0];
		bytes[1] = n & 2 ? bytes[1] : rows[n % ARRAY_SIZE(rows)].opcode[0];
		check(bytes, n % (MAX_BYTES + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_opcode_modrm_and_sib),
		cmocka_unit_test(test_prefixes_and_truncation),
		cmocka_unit_test(test_other_prefixes_are_refused),
		cmocka_unit_test(test_known_instructions),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
