/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The battery clock: MC146818 in CMOS, as PCs use it. */
#include "arch/x86/io.h"
#include "core/lib.h"
#include "drivers/rtc.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum cmos_register {
	CMOS_SECOND = 0x00,
	CMOS_MINUTE = 0x02,
	CMOS_HOUR = 0x04,
	CMOS_DAY = 0x07,
	CMOS_MONTH = 0x08,
	CMOS_YEAR = 0x09,
	CMOS_A = 0x0A,
	CMOS_B = 0x0B,
	CMOS_D = 0x0D,
	CMOS_LAST = 0x7F,
};

#define A_UPDATING   0x80
#define B_24_HOURS   0x02
#define B_BINARY     0x04
#define D_VALID      0x80
#define HOUR_PM      0x80
#define ABSENT       0xFF
#define SECS_PER_DAY 86400u

/* An update takes up to 2.2 ms; a poll at least 10 ns in an emulator, 2 us on hardware. */
#define UPDATE_POLLS 300000u
#define READ_TRIES   5u

#define FIRST_YEAR 1970u
#define LAST_YEAR  2106u

static uint8_t cmos_read(uint8_t index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

static bool wait_update_end(void)
{
	for (unsigned i = 0; i < UPDATE_POLLS; i++)
		if (!(cmos_read(CMOS_A) & A_UPDATING))
			return true;
	return false;
}

static bool read_raw(struct rtc_raw *raw, uint8_t century_index)
{
	if (!wait_update_end())
		return false;
	raw->second = cmos_read(CMOS_SECOND);
	raw->minute = cmos_read(CMOS_MINUTE);
	raw->hour = cmos_read(CMOS_HOUR);
	raw->day = cmos_read(CMOS_DAY);
	raw->month = cmos_read(CMOS_MONTH);
	raw->year = cmos_read(CMOS_YEAR);
	raw->century = ABSENT;
	if (century_index > CMOS_D && century_index <= CMOS_LAST)
		raw->century = cmos_read(century_index);
	raw->register_b = cmos_read(CMOS_B);
	return true;
}

bool rtc_read(struct rtc_time *t, uint8_t century_index)
{
	struct rtc_raw one, two;

	if (cmos_read(CMOS_A) == ABSENT && cmos_read(CMOS_B) == ABSENT)
		return false;
	if (!(cmos_read(CMOS_D) & D_VALID))
		return false;
	for (unsigned i = 0; i < READ_TRIES; i++) {
		if (!read_raw(&one, century_index) || !read_raw(&two, century_index))
			return false;
		if (memcmp(&one, &two, sizeof(one)) == 0)
			return rtc_decode(t, &one);
	}
	return false;
}

/* -1 when it is not BCD. */
static int from_bcd(uint8_t value)
{
	if ((value & 0x0F) > 9 || (value >> 4) > 9)
		return -1;
	return (value >> 4) * 10 + (value & 0x0F);
}

static int field(const struct rtc_raw *raw, uint8_t value)
{
	return raw->register_b & B_BINARY ? value : from_bcd(value);
}

static int decode_hour(const struct rtc_raw *raw)
{
	int hour;

	if (raw->register_b & B_24_HOURS)
		return field(raw, raw->hour);
	hour = field(raw, raw->hour & (uint8_t)~HOUR_PM);
	if (hour < 1 || hour > 12)
		return -1;
	return hour % 12 + (raw->hour & HOUR_PM ? 12 : 0);
}

static int decode_year(const struct rtc_raw *raw)
{
	int year = field(raw, raw->year);
	int century = field(raw, raw->century);

	if (year < 0 || year > 99)
		return -1;
	if (century >= 19 && century <= 21)
		return century * 100 + year;
	return year >= 70 ? 1900 + year : 2000 + year;
}

bool rtc_decode(struct rtc_time *t, const struct rtc_raw *raw)
{
	int month = field(raw, raw->month), day = field(raw, raw->day);
	int minute = field(raw, raw->minute), second = field(raw, raw->second);
	int year = decode_year(raw), hour = decode_hour(raw);

	if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0)
		return false;
	*t = (struct rtc_time){
		.year = (uint16_t)year,
		.month = (uint8_t)month,
		.day = (uint8_t)day,
		.hour = (uint8_t)hour,
		.minute = (uint8_t)minute,
		.second = (uint8_t)second,
	};
	return true;
}

static bool is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool exists(const struct rtc_time *t)
{
	return t->year >= FIRST_YEAR && t->year <= LAST_YEAR && t->month >= 1 && t->month <= 12 &&
	       t->day >= 1 && t->day <= days_in_month(t->year, t->month) && t->hour <= 23 &&
	       t->minute <= 59 && t->second <= 59;
}

uint64_t rtc_to_unix(const struct rtc_time *t)
{
	uint32_t days;

	if (!exists(t))
		return 0;
	days = t->day - 1u;
	for (unsigned year = FIRST_YEAR; year < t->year; year++)
		days += is_leap(year) ? 366 : 365;
	for (unsigned month = 1; month < t->month; month++)
		days += days_in_month(t->year, month);
	return (uint64_t)days * SECS_PER_DAY + t->hour * 3600u + t->minute * 60u + t->second;
}
