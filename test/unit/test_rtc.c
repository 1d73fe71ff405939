/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the battery clock's decoding and calendar. */
/* unit-sources: drivers/rtc.c */
#include "drivers/rtc.h"

#include "test/unit/unit.h"

#define BCD_24H     0x02
#define BCD_12H     0x00
#define BINARY_24H  0x06
#define NO_REGISTER 0xFF

/* An independent calendar: one day after the other. */
static void test_every_day_of_the_range(void **state)
{
	static const uint8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t seconds = 0;

	(void)state;
	for (uint16_t year = 1970; year <= 2106; year++) {
		bool leap = year % 4 == 0 && year != 2100;

		for (uint8_t month = 1; month <= 12; month++) {
			uint8_t days = length[month - 1] + (month == 2 && leap);

			for (uint8_t day = 1; day <= days; day++, seconds += 86400) {
				struct rtc_time t = {year, month, day, 23, 59, 59};

				assert_true(rtc_to_unix(&t) == seconds + 86399);
			}
			struct rtc_time beyond = {year, month, (uint8_t)(days + 1), 0, 0, 0};

			assert_true(rtc_to_unix(&beyond) == 0);
		}
	}
}

static void test_known_instants(void **state)
{
	struct rtc_time y2038 = {2038, 1, 19, 3, 14, 8};
	struct rtc_time y2106 = {2106, 2, 7, 6, 28, 16};
	struct rtc_time billion = {2001, 9, 9, 1, 46, 40};

	(void)state;
	assert_true(rtc_to_unix(&y2038) == 0x80000000u);
	assert_true(rtc_to_unix(&y2106) == 0x100000000ull);
	assert_true(rtc_to_unix(&billion) == 1000000000u);
}

static void test_absurd_times_are_unknown(void **state)
{
	static const struct rtc_time bad[] = {
		{1969, 12, 31, 23, 59, 59}, {2107, 1, 1, 0, 0, 0},   {2000, 0, 1, 0, 0, 0},
		{2000, 13, 1, 0, 0, 0},     {2000, 255, 1, 0, 0, 0}, {2000, 1, 0, 0, 0, 0},
		{2000, 1, 255, 0, 0, 0},    {2001, 2, 29, 0, 0, 0},  {2100, 2, 29, 0, 0, 0},
		{2000, 1, 1, 24, 0, 0},     {2000, 1, 1, 0, 60, 0},  {2000, 1, 1, 0, 0, 60},
		{0, 0, 0, 0, 0, 0},         {65535, 1, 1, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(rtc_to_unix(&bad[i]) == 0);
}

static void test_bcd_24_hours(void **state)
{
	struct rtc_raw raw = {0x59, 0x58, 0x23, 0x31, 0x12, 0x99, 0x19, BCD_24H};
	struct rtc_time t;

	(void)state;
	assert_true(rtc_decode(&t, &raw));
	assert_int_equal(t.year, 1999);
	assert_int_equal(t.month, 12);
	assert_int_equal(t.day, 31);
	assert_int_equal(t.hour, 23);
	assert_int_equal(t.minute, 58);
	assert_int_equal(t.second, 59);
}

static void test_12_hour_clock(void **state)
{
	static const struct {
		uint8_t raw, hour;
	} cases[] = {{0x12, 0}, {0x01, 1}, {0x11, 11}, {0x92, 12}, {0x81, 13}, {0x91, 23}};
	struct rtc_raw raw = {0, 0, 0, 1, 1, 0x26, 0x20, BCD_12H};
	struct rtc_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		raw.hour = cases[i].raw;
		assert_true(rtc_decode(&t, &raw));
		assert_int_equal(t.hour, cases[i].hour);
	}
	raw.hour = 0x00;
	assert_false(rtc_decode(&t, &raw));
	raw.hour = 0x13;
	assert_false(rtc_decode(&t, &raw));
}

static void test_binary_and_missing_century(void **state)
{
	struct rtc_raw raw = {59, 59, 23, 31, 12, 69, NO_REGISTER, BINARY_24H};
	struct rtc_time t;

	(void)state;
	assert_true(rtc_decode(&t, &raw));
	assert_int_equal(t.year, 2069);
	raw.year = 70;
	assert_true(rtc_decode(&t, &raw));
	assert_int_equal(t.year, 1970);
	raw.century = 21;
	raw.year = 6;
	assert_true(rtc_decode(&t, &raw));
	assert_int_equal(t.year, 2106);
}

static void test_bad_digits_are_refused(void **state)
{
	struct rtc_raw raw = {0, 0, 0, 1, 1, 0x26, 0x20, BCD_24H};
	struct rtc_time t;

	(void)state;
	assert_true(rtc_decode(&t, &raw));
	raw.minute = 0x5A;
	assert_false(rtc_decode(&t, &raw));
	raw = (struct rtc_raw){0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	assert_false(rtc_decode(&t, &raw));
}

/* Whatever the chip holds: a time from the calendar or "unknown". */
static void test_any_contents(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 65536; i++) {
		uint8_t lo = (uint8_t)i, hi = (uint8_t)(i >> 8);
		struct rtc_raw raw = {lo, hi, lo ^ hi, hi, lo, hi, lo, hi};
		struct rtc_time t;

		if (rtc_decode(&t, &raw))
			assert_true(rtc_to_unix(&t) < 137ull * 366 * 86400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day_of_the_range),
		cmocka_unit_test(test_known_instants),
		cmocka_unit_test(test_absurd_times_are_unknown),
		cmocka_unit_test(test_bcd_24_hours),
		cmocka_unit_test(test_12_hour_clock),
		cmocka_unit_test(test_binary_and_missing_century),
		cmocka_unit_test(test_bad_digits_are_refused),
		cmocka_unit_test(test_any_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
