/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The battery clock: MC146818 in CMOS (Motorola data sheet), as PCs use it. */
#ifndef GATEHOUSE_DRIVERS_RTC_H
#define GATEHOUSE_DRIVERS_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* Register contents as read: BCD or binary, 12 or 24 hours, as register_b says. */
struct rtc_raw {
	uint8_t second, minute, hour, day, month, year;
	uint8_t century; /* 0xFF when there is no such register */
	uint8_t register_b;
};

struct rtc_time {
	uint16_t year; /* 1970 to 2106 */
	uint8_t month; /* 1-12 */
	uint8_t day;   /* 1-31 */
	uint8_t hour, minute, second;
};

/*
 * century_index is the CMOS index from the FADT, 0 when unknown. False: no
 * clock, its battery is flat, or it never shows two equal times. Bounded.
 */
bool rtc_read(struct rtc_time *t, uint8_t century_index);

/*
 * Pure. Without a plausible century, years 70-99 are 19xx and 0-69 are 20xx.
 * False when a field is not a number of its format.
 */
bool rtc_decode(struct rtc_time *t, const struct rtc_raw *raw);

/* Pure. Seconds since 1970-01-01 00:00:00, or 0 = unknown for dates that do not exist. */
uint64_t rtc_to_unix(const struct rtc_time *t);

#endif
