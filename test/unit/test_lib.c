/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/string.c and core/format.c against the host's C library. */
/* unit-sources: core/string.c core/format.c */
/* unit-flags: -include test/unit/gh_lib.h -fno-builtin */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/unit.h"

/* The host's, before their names are taken. */
static int host_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	return vsnprintf(buf, size, fmt, ap);
}

static int host_memcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

static void *host_memmove(void *dst, const void *src, size_t n)
{
	return memmove(dst, src, n);
}

static void *host_memset(void *dst, int byte, size_t n)
{
	return memset(dst, byte, n);
}

static size_t host_strlen(const char *s)
{
	return strlen(s);
}

static int host_strncmp(const char *a, const char *b, size_t n)
{
	return strncmp(a, b, n);
}

static char *host_strchr(const char *s, int c)
{
	return strchr(s, c);
}

#include "test/unit/gh_lib.h"

#define ARENA 160

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void fill_arena(uint8_t *a, uint8_t *b)
{
	int i;

	for (i = 0; i < ARENA; i++)
		a[i] = b[i] = (uint8_t)(i * 37 + 11);
}

static void memcpy_copies_every_size_and_alignment(void **state)
{
	uint8_t src[ARENA], got[ARENA], want[ARENA];
	unsigned n, from, to;

	for (n = 0; n <= 70; n++)
		for (from = 0; from < 5; from++)
			for (to = 0; to < 5; to++) {
				fill_arena(src, got);
				host_memset(got, 0xEE, ARENA);
				host_memset(want, 0xEE, ARENA);
				host_memmove(want + to, src + from, n);
				assert_ptr_equal(gh_memcpy(got + to, src + from, n), got + to);
				assert_int_equal(host_memcmp(got, want, ARENA), 0);
			}
}

static void memmove_copies_overlapping_ranges(void **state)
{
	uint8_t got[ARENA], want[ARENA];
	unsigned n, from, to;

	for (n = 0; n <= 70; n++)
		for (from = 0; from < 20; from++)
			for (to = 0; to < 20; to++) {
				fill_arena(got, want);
				host_memmove(want + to, want + from, n);
				assert_ptr_equal(gh_memmove(got + to, got + from, n), got + to);
				assert_int_equal(host_memcmp(got, want, ARENA), 0);
			}
}

static void memset_fills_every_size_and_alignment(void **state)
{
	uint8_t got[ARENA], want[ARENA];
	unsigned n, at;

	for (n = 0; n <= 100; n++)
		for (at = 0; at < 8; at++) {
			fill_arena(got, want);
			host_memset(want + at, 0x1A5, n);
			assert_ptr_equal(gh_memset(got + at, 0x1A5, n), got + at);
			assert_int_equal(host_memcmp(got, want, ARENA), 0);
		}
}

static void memcmp_orders_by_unsigned_bytes(void **state)
{
	const uint8_t a[] = {1, 2, 0x80, 4}, b[] = {1, 2, 0x7F, 9};
	unsigned n;

	for (n = 0; n <= 4; n++) {
		assert_int_equal(sign(gh_memcmp(a, b, n)), sign(host_memcmp(a, b, n)));
		assert_int_equal(sign(gh_memcmp(b, a, n)), sign(host_memcmp(b, a, n)));
	}
}

static const char *const words[] = {"", "a", "ab", "abc", "abd", "b", "\x80", "\x7f", "ab\xff"};

static void strings_compare_like_the_hosts(void **state)
{
	size_t i, j, n;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		for (j = 0; j < ARRAY_SIZE(words); j++) {
			assert_int_equal(sign(gh_strcmp(words[i], words[j])),
					 sign(host_strncmp(words[i], words[j], 99)));
			for (n = 0; n < 5; n++)
				assert_int_equal(sign(gh_strncmp(words[i], words[j], n)),
						 sign(host_strncmp(words[i], words[j], n)));
		}
}

static void strings_are_measured_and_searched(void **state)
{
	size_t i, n;
	int c;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(gh_strlen(words[i]), host_strlen(words[i]));
		for (n = 0; n < 5; n++)
			assert_int_equal(gh_strnlen(words[i], n), MIN(n, host_strlen(words[i])));
		for (c = 0; c < 256; c++)
			assert_ptr_equal(gh_strchr(words[i], c), host_strchr(words[i], c));
	}
}

/* strnlen() must not look behind max, even with no NUL there: ASan would tell. */
static void strnlen_stops_at_max(void **state)
{
	char *p = malloc(3);

	gh_memcpy(p, "abc", 3);
	assert_int_equal(gh_strnlen(p, 3), 3);
	free(p);
}

/* Formats with both libraries, into buffers of every size up to the full one. */
static void PRINTF_LIKE(1, 2) check_format(const char *fmt, ...)
{
	char got[300], want[300];
	size_t size;
	va_list ap;
	int n, expected = 1;

	for (size = 0; size <= (size_t)expected + 2 && size <= sizeof(got); size++) {
		host_memset(got, 0x55, sizeof(got));
		host_memset(want, 0x55, sizeof(want));
		va_start(ap, fmt);
		expected = host_vsnprintf(want, size, fmt, ap);
		va_end(ap);
		va_start(ap, fmt);
		n = gh_vsnprintf(got, size, fmt, ap);
		va_end(ap);
		if (n != expected || host_memcmp(got, want, sizeof(got)))
			fail_msg("\"%s\" size %zu: got %d \"%.*s\", libc %d \"%.*s\"", fmt, size, n,
				 (int)size, got, expected, (int)size, want);
	}
}

static void numbers_print_like_the_hosts(void **state)
{
	check_format("%d %i %u", 0, -1, 3000000000u);
	check_format("%d %d", INT_MAX, INT_MIN);
	check_format("%x %X %x", 0xdeadbeef, 0xdeadbeef, 0);
	check_format("%lld %lld %llu", LLONG_MIN, LLONG_MAX, ULLONG_MAX);
	check_format("%llx %llX", 0x123456789abcdef0ull, 0xfedcba9876543210ull);
	check_format("%lu %ld %lx", 4000000000ul, -4l, 0xfffffffful);
	check_format("%zu %zx %zd", (size_t)-1, (size_t)4096, (size_t)7);
	check_format("%hd %hu %hx", (short)-2, (unsigned short)65535, (unsigned short)0xabc);
	check_format("%hhd %hhu %hhx", (signed char)-3, (unsigned char)255, (unsigned char)0xf);
	check_format("[%5d] [%-5d] [%05d] [%-5d]", 42, 42, 42, -42);
	check_format("[%05d] [%5d] [%3d]", -42, -42, -123456);
	check_format("[%.3d] [%8.3d] [%-8.3d] [%.0d]", 7, 7, -7, 0);
	check_format("[%08llx] [%16llx] [%-16llx|", 0xabcull, 0xabcull, 0xabcull);
	check_format("[%*d] [%*d] [%.*d] [%.*d]", 6, 42, -6, 42, 4, 42, -4, 42);
	check_format("100%% %u%%", 7u);
}

static void text_prints_like_the_hosts(void **state)
{
	check_format("%s", "");
	check_format("plain");
	check_format("[%s] [%8s] [%-8s] [%.2s] [%8.2s]", "abc", "abc", "abc", "abc", "abc");
	check_format("[%.*s] [%*s] [%-*s]", 2, "abcdef", 5, "ab", 5, "ab");
	check_format("[%c] [%3c] [%-3c]", 'x', 'y', 'z');
	check_format("[%c] [%3c] [%-3c]", 0, 0, 0);
}

/* %.*s with a length is how slices print: there is no NUL to run to. */
static void precision_bounds_the_reading_of_text(void **state)
{
	char buf[16], *p = malloc(3);

	gh_memcpy(p, "abc", 3);
	assert_int_equal(gh_snprintf(buf, sizeof(buf), "<%.*s>", 3, p), 5);
	assert_string_equal(buf, "<abc>");
	free(p);
}

static void what_libc_does_not_define_has_a_form_here(void **state)
{
	const char *unknown = "%k|", *open_end = "ab%";
	const char *volatile none = NULL; /* the compiler would object */
	char buf[32];

	gh_snprintf(buf, sizeof(buf), "%p", (void *)0xbeef);
	assert_string_equal(buf, "0x0000beef");
	gh_snprintf(buf, sizeof(buf), "[%12p]", (void *)0xbeef);
	assert_string_equal(buf, "[  0x0000beef]");
	gh_snprintf(buf, sizeof(buf), "%s", none);
	assert_string_equal(buf, "(null)");
	gh_snprintf(buf, sizeof(buf), unknown, 0);
	assert_string_equal(buf, "%k|");
	gh_snprintf(buf, sizeof(buf), open_end, 0);
	assert_string_equal(buf, "ab");
}

/* %[-0][width][.precision]length conversion, as long as C defines it. */
static void make_random_format(struct unit_random *r, char *fmt, size_t size)
{
	const char *const lengths[] = {"", "hh", "h", "ll"};
	char width[8] = "", precision[8] = "";
	uint64_t bits = unit_random(r);

	if (bits & 1)
		gh_snprintf(width, sizeof(width), "%u", 1 + (unsigned)(bits >> 8 & 31));
	if (bits & 2)
		gh_snprintf(precision, sizeof(precision), ".%u", (unsigned)(bits >> 16 & 31));
	gh_snprintf(fmt, size, "<%%%s%s%s%s%s%c>", bits & 4 ? "-" : "", bits & 8 ? "0" : "", width,
		    precision, lengths[bits >> 24 & 3], "diuxX"[(bits >> 32) % 5]);
}

static void random_formats_print_like_the_hosts(void **state)
{
	struct unit_random r = {20261101};
	char fmt[64];
	int i;

	for (i = 0; i < 3000; i++) {
		uint64_t value = unit_random(&r) >> (unit_random(&r) & 63);

		make_random_format(&r, fmt, sizeof(fmt));
		if (host_strchr(fmt, 'l'))
			check_format(fmt, value);
		else
			check_format(fmt, (unsigned)value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_every_size_and_alignment),
		cmocka_unit_test(memmove_copies_overlapping_ranges),
		cmocka_unit_test(memset_fills_every_size_and_alignment),
		cmocka_unit_test(memcmp_orders_by_unsigned_bytes),
		cmocka_unit_test(strings_compare_like_the_hosts),
		cmocka_unit_test(strings_are_measured_and_searched),
		cmocka_unit_test(strnlen_stops_at_max),
		cmocka_unit_test(numbers_print_like_the_hosts),
		cmocka_unit_test(text_prints_like_the_hosts),
		cmocka_unit_test(precision_bounds_the_reading_of_text),
		cmocka_unit_test(what_libc_does_not_define_has_a_form_here),
		cmocka_unit_test(random_formats_print_like_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
