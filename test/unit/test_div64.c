/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/div64.h against bit-by-bit arithmetic. */
#include "core/div64.h"

#include "test/unit/unit.h"

/* Long division as on paper, one bit at a time. */
static uint64_t slow_div(uint64_t n, uint64_t d, uint64_t *rem)
{
	uint64_t q = 0, r = 0;
	int bit;

	for (bit = 63; bit >= 0; bit--) {
		uint64_t carry = r >> 63;

		r = r << 1 | (n >> bit & 1);
		q <<= 1;
		if (carry || r >= d) {
			r -= d;
			q |= 1;
		}
	}
	*rem = r;
	return q;
}

/* 96 bits in three words, added up bit by bit, then shifted bit by bit. */
static uint64_t slow_mul_shr(uint64_t a, uint32_t mul, unsigned shift)
{
	uint64_t low = 0, high = 0;
	int bit;

	for (bit = 31; bit >= 0; bit--) {
		high = high << 1 | low >> 63;
		low <<= 1;
		if (mul >> bit & 1) {
			low += a;
			high += low < a;
		}
	}
	for (; shift; shift--) {
		low = low >> 1 | high << 63;
		high >>= 1;
	}
	return low;
}

static const uint64_t edges[] = {
	0,
	1,
	2,
	9,
	10,
	0x7FFFFFFF,
	0x80000000,
	0x80000001,
	0xFFFFFFFE,
	0xFFFFFFFF,
	0x100000000,
	0x100000001,
	0x1FFFFFFFF,
	1000000000,
	0x7FFFFFFFFFFFFFFF,
	0x8000000000000000,
	0x8000000000000001,
	0xFFFFFFFF00000000,
	0xFFFFFFFF00000001,
	0xFFFFFFFFFFFFFFFE,
	0xFFFFFFFFFFFFFFFF,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

static void check_div(uint64_t n, uint64_t d)
{
	uint64_t want_rem, want;
	uint32_t rem;

	if (!d)
		return;
	want = slow_div(n, d, &want_rem);
	assert_true(want == n / d && want_rem == n % d);
	assert_true(div64_u64(n, d) == want);
	if (d >> 32)
		return;
	assert_true(div64_u32(n, (uint32_t)d, &rem) == want);
	assert_int_equal(rem, want_rem);
	assert_true(div64_u32(n, (uint32_t)d, NULL) == want);
}

static void division_is_right_at_the_edges(void **state)
{
	size_t i, j;

	for (i = 0; i < EDGES; i++)
		for (j = 0; j < EDGES; j++)
			check_div(edges[i], edges[j]);
}

static void division_is_right_for_random_numbers(void **state)
{
	struct unit_random r = {4711};
	int i;

	for (i = 0; i < 100000; i++) {
		uint64_t n = unit_random(&r) >> (unit_random(&r) & 63);
		uint64_t d = unit_random(&r) >> (unit_random(&r) & 63);

		check_div(n, d);
		check_div(n / (d | 1) * (d | 1), d | 1);
		check_div(n / (d | 1) * (d | 1) - 1, d | 1);
	}
}

static void scaling_keeps_96_bits(void **state)
{
	unsigned shift;
	size_t i, j;

	for (i = 0; i < EDGES; i++)
		for (j = 0; j < EDGES; j++)
			for (shift = 0; shift < 64; shift++)
				assert_true(mul_u64_u32_shr(edges[i], (uint32_t)edges[j], shift) ==
					    slow_mul_shr(edges[i], (uint32_t)edges[j], shift));
}

static void scaling_is_right_for_random_numbers(void **state)
{
	struct unit_random r = {815};
	int i;

	for (i = 0; i < 100000; i++) {
		uint64_t a = unit_random(&r) >> (unit_random(&r) & 63);
		uint32_t mul = (uint32_t)unit_random(&r);
		unsigned shift = unit_random(&r) & 63;

		assert_true(mul_u64_u32_shr(a, mul, shift) == slow_mul_shr(a, mul, shift));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(division_is_right_at_the_edges),
		cmocka_unit_test(division_is_right_for_random_numbers),
		cmocka_unit_test(scaling_keeps_96_bits),
		cmocka_unit_test(scaling_is_right_for_random_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
