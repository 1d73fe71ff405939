/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the random numbers' generator, and what it takes a seed to be worth. */
/* unit-sources: core/chacha20.c */
#include <stdio.h>
#include <string.h>

#include "core/random.c" /* it keeps its state to itself, and each test needs it fresh */
#include "test/unit/unit.h"

static struct unit_random noise;
static uint32_t (*jitter)(uint32_t n);
static bool (*rdrand)(uint32_t n, uint32_t *word);
static uint32_t jitters, rdrands;
static char said[200];
static unsigned lines, warnings;

uint32_t random_jitter(void)
{
	return jitter(jitters++);
}

bool random_rdrand(uint32_t *word)
{
	return rdrand(rdrands++, word);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	lines++;
	warnings += level == LOG_WARN;
}

static uint32_t jitter_none(uint32_t n)
{
	return 400;
}

static uint32_t jitter_noise(uint32_t n)
{
	return (uint32_t)(unit_random(&noise) >> 20) % 64;
}

static bool rdrand_none(uint32_t n, uint32_t *word)
{
	return false;
}

static bool rdrand_works(uint32_t n, uint32_t *word)
{
	*word = n * 0x9E3779B9;
	return true;
}

static bool rdrand_is_stuck(uint32_t n, uint32_t *word)
{
	*word = n < 3 ? n : ~0u;
	return true;
}

static bool rdrand_dries_up(uint32_t n, uint32_t *word)
{
	*word = n + 1;
	return n < 5;
}

static int setup(void **state)
{
	memset(key, 0, sizeof(key));
	memset(events, 0, sizeof(events));
	memset(&event_health, 0, sizeof(event_health));
	credit = event_count = events_mixed = last_event = 0;
	jitters = rdrands = lines = warnings = 0;
	said[0] = '\0';
	noise.state = 88172645463325252;
	jitter = jitter_none;
	rdrand = rdrand_none;
	return 0;
}

/* ---- ChaCha20 ------------------------------------------------------------------- */

/* RFC 8439, 2.3.2 and A.1: numbers 1, 2, 3 and 4. */
static void test_chacha20_vectors(void **state)
{
	static const uint32_t want[] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
		0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
		0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};
	static const uint8_t want_zero[] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
	static const uint8_t want_one[] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a};
	static const uint8_t want_key1[] = {0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92};
	static const uint8_t want_keyff[] = {0x72, 0xd5, 0x4d, 0xfb, 0xf1, 0x2e, 0xc4, 0x4b};
	static const uint32_t nonce[] = {0x09000000, 0x4a000000, 0};
	uint32_t k[8], block[16];

	for (unsigned i = 0; i < 32; i++)
		((uint8_t *)k)[i] = (uint8_t)i;
	chacha20_block(block, k, 1, nonce);
	assert_memory_equal(block, want, sizeof(want));
	memset(k, 0, sizeof(k));
	chacha20_block(block, k, 0, no_nonce);
	assert_memory_equal(block, want_zero, sizeof(want_zero));
	chacha20_block(block, k, 1, no_nonce);
	assert_memory_equal(block, want_one, sizeof(want_one));
	((uint8_t *)k)[31] = 1;
	chacha20_block(block, k, 1, no_nonce);
	assert_memory_equal(block, want_key1, sizeof(want_key1));
	((uint8_t *)k)[31] = 0;
	((uint8_t *)k)[1] = 0xff;
	chacha20_block(block, k, 2, no_nonce);
	assert_memory_equal(block, want_keyff, sizeof(want_keyff));
}

/* The bytes are the stream behind the next key, whatever their number; nothing beyond is touched.
 */
static void test_bytes_are_the_stream(void **state)
{
	static const uint32_t sizes[] = {0, 1, 3, 31, 32, 33, 63, 64, 95, 96, 97, 160, 161, 1000};
	uint32_t before[KEY_WORDS], stream[17 * 16];
	uint8_t got[1032];

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(before, key, sizeof(key));
		for (unsigned b = 0; b < 17; b++)
			chacha20_block(stream + 16 * b, before, b, no_nonce);
		memset(got, 0xA5, sizeof(got));
		random_bytes(got + 1, sizes[i]);
		assert_memory_equal(got + 1, (uint8_t *)stream + 32, sizes[i]);
		assert_int_equal(got[0], 0xA5);
		assert_int_equal(got[1 + sizes[i]], 0xA5);
		assert_memory_equal(key, stream, sizeof(key));
	}
}

/* ---- seeds ------------------------------------------------------------------------ */

static void test_every_source(void **state)
{
	rdrand = rdrand_works;
	jitter = jitter_noise;
	random_init();
	assert_true(random_is_seeded());
	assert_string_equal(said, "random numbers: RDRAND and timing jitter");
	assert_int_equal(lines, 1);
}

static void test_jitter_only(void **state)
{
	jitter = jitter_noise;
	random_init();
	assert_true(random_is_seeded());
	assert_string_equal(said, "random numbers: timing jitter only");
}

static void test_rdrand_only(void **state)
{
	rdrand = rdrand_works;
	random_init();
	assert_true(random_is_seeded());
	assert_string_equal(said, "random numbers: RDRAND only");
}

static void test_no_source_warns_and_goes_on(void **state)
{
	uint8_t bytes[64] = {0}, more[64];

	random_init();
	assert_false(random_is_seeded());
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(said, "predictable"));
	random_bytes(bytes, sizeof(bytes));
	random_bytes(more, sizeof(more));
	assert_memory_not_equal(bytes, more, sizeof(more));
}

static void test_rdrand_that_is_stuck(void **state)
{
	rdrand = rdrand_is_stuck;
	random_init();
	assert_false(random_is_seeded());
	setup(state);
	rdrand = rdrand_dries_up;
	random_init();
	assert_false(random_is_seeded());
}

/* The seed: every sample of every source changes what comes out. */
static uint32_t changed; /* the sample that is different */

static uint32_t jitter_but_one(uint32_t n)
{
	return jitter_noise(n) ^ (n == changed);
}

static void test_every_sample_counts(void **state)
{
	uint32_t none[KEY_WORDS] = {0}, first[KEY_WORDS];

	for (unsigned i = 0; i < 20; i++) {
		setup(state);
		jitter = jitter_but_one;
		changed = i ? i * 107 : ~0u;
		seed_from_jitter();
		assert_int_equal(jitters, 2048);
		if (!i)
			memcpy(first, key, sizeof(key));
		else
			assert_memory_not_equal(key, first, sizeof(key));
		assert_memory_not_equal(key, none, sizeof(key));
	}
}

/* ---- what samples are worth --------------------------------------------------------- */

static uint32_t jitter_two(uint32_t n)
{
	return 400 + (n & 1) * 24;
}

static uint32_t jitter_five(uint32_t n)
{
	return 400 + n % 5 * 24 + (n % 5 == 2) * 7;
}

static uint32_t jitter_grows(uint32_t n)
{
	return 400 + 3 * n;
}

/* Odd ones out, once in a while. */
static uint32_t jitter_rare(uint32_t n)
{
	return 400 + (n % 150 == 149) * (n >> 3);
}

/* 165 equal ones, then noise. */
static uint32_t jitter_bursts(uint32_t n)
{
	return n % 512 < 165 ? 400 : jitter_noise(n);
}

/* One value in pct of 100, else noise. */
static unsigned pct;

static uint32_t jitter_biased(uint32_t n)
{
	uint64_t r = unit_random(&noise) >> 20;

	return r % 100 < pct ? 400 : (uint32_t)(r >> 10) % 4096;
}

static uint32_t worth_of(uint32_t (*samples)(uint32_t n))
{
	struct health h = {0};
	uint32_t worth = 0;

	noise.state = 88172645463325252;
	for (uint32_t n = 0; n < 4 * WINDOW; n++)
		worth += examine(&h, samples(n));
	return worth / WINDOW; /* eighths of a bit a sample, times four */
}

static void test_patterns_are_worth_nothing(void **state)
{
	assert_int_equal(worth_of(jitter_none), 0);
	assert_int_equal(worth_of(jitter_two), 0);
	assert_int_equal(worth_of(jitter_five), 0);
	assert_int_equal(worth_of(jitter_grows), 0);
	assert_int_equal(worth_of(jitter_rare), 0);
	assert_int_equal(worth_of(jitter_bursts), 0);
}

/* A window whose first sample is an uncommon one is taken for better than it is: half the cases
 * of 65. */
static void test_noise_by_its_bias(void **state)
{
	static const struct {
		unsigned pct, worth;
	} cases[] = {{0, 32}, {40, 32}, {65, 24}, {85, 8}, {93, 4}, {99, 0}, {100, 0}};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		pct = cases[i].pct;
		assert_int_equal(worth_of(jitter_biased), cases[i].worth);
	}
}

/* ---- events ---------------------------------------------------------------------------- */

static void test_events_seed_in_the_end(void **state)
{
	uint64_t tsc = 1;
	uint8_t byte;

	random_init();
	lines = 0;
	for (unsigned n = 1; n <= 512; n++) {
		assert_false(random_is_seeded());
		/* bytes given meanwhile are no way to find out one event after the other */
		random_bytes(&byte, 1);
		assert_int_equal(events_mixed, 0);
		random_add_event(tsc += 10000 + jitter_noise(n));
	}
	assert_true(random_is_seeded());
	assert_int_equal(lines, 1);
	random_bytes(&byte, 1);
	assert_int_equal(events_mixed, 512);
	random_add_event(5);
	assert_int_equal(lines, 1);
}

static void test_regular_events_do_not(void **state)
{
	random_init();
	lines = 0;
	for (unsigned n = 0; n < 10000; n++)
		random_add_event(10000ull * n);
	assert_false(random_is_seeded());
	assert_int_equal(lines, 0);
}

/* Also one whose place another took. */
static void test_every_event_counts(void **state)
{
	uint8_t bytes[2][16];

	for (unsigned changed_one = 0; changed_one < 200; changed_one += 7) {
		for (unsigned i = 0; i < 2; i++) {
			setup(state);
			credit = SEEDED_EIGHTHS;
			for (unsigned n = 0; n < 200; n++)
				random_add_event(77 * n + (i && n == changed_one));
			random_bytes(bytes[i], 16);
		}
		assert_memory_not_equal(bytes[0], bytes[1], 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_chacha20_vectors, setup),
		cmocka_unit_test_setup(test_bytes_are_the_stream, setup),
		cmocka_unit_test_setup(test_every_source, setup),
		cmocka_unit_test_setup(test_jitter_only, setup),
		cmocka_unit_test_setup(test_rdrand_only, setup),
		cmocka_unit_test_setup(test_no_source_warns_and_goes_on, setup),
		cmocka_unit_test_setup(test_rdrand_that_is_stuck, setup),
		cmocka_unit_test_setup(test_every_sample_counts, setup),
		cmocka_unit_test_setup(test_patterns_are_worth_nothing, setup),
		cmocka_unit_test_setup(test_noise_by_its_bias, setup),
		cmocka_unit_test_setup(test_events_seed_in_the_end, setup),
		cmocka_unit_test_setup(test_regular_events_do_not, setup),
		cmocka_unit_test_setup(test_every_event_counts, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
