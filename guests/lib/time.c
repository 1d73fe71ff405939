/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the TSC and the wall clock. */
#include "guests/lib/time.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"

bool tsc_usable(void)
{
	return READ_ONCE(lguest_data.tsc_khz) != 0;
}

uint64_t tsc_to_ns(uint64_t ticks)
{
	uint32_t khz = READ_ONCE(lguest_data.tsc_khz), rest;
	uint64_t ms = div_u64(ticks, khz, &rest);

	return ms * NSEC_PER_MSEC + div_u64((uint64_t)rest * NSEC_PER_MSEC, khz, NULL);
}

uint64_t tsc_from_ns(uint64_t ns)
{
	uint32_t khz = READ_ONCE(lguest_data.tsc_khz), rest;
	uint64_t ms = div_u64(ns, NSEC_PER_MSEC, &rest);

	return ms * khz + div_u64((uint64_t)rest * khz, NSEC_PER_MSEC, NULL);
}

void delay_ns(uint64_t ns)
{
	uint64_t start = rdtsc(), ticks = tsc_from_ns(ns);

	while (rdtsc() - start < ticks)
		__asm__ volatile("pause");
}

uint64_t wall_time_ns(void)
{
	uint32_t sec, nsec;

	do {
		sec = READ_ONCE(lguest_data.time_sec);
		barrier();
		nsec = READ_ONCE(lguest_data.time_nsec);
		barrier();
	} while (sec != READ_ONCE(lguest_data.time_sec));
	return (uint64_t)sec * NSEC_PER_SEC + nsec;
}

uint64_t now_ns(void)
{
	return tsc_usable() ? tsc_to_ns(rdtsc()) : wall_time_ns();
}

static bool is_leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

void date_text(char *text, uint32_t seconds)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t year = 1970, month = 0, days = seconds / 86400, length;

	for (; days >= (length = 365 + is_leap(year)); year++)
		days -= length;
	for (; days >= (length = lengths[month] + (month == 1 && is_leap(year))); month++)
		days -= length;
	snprintf(text, DATE_TEXT, "%04u-%02u-%02u %02u:%02u:%02u", year, month + 1, days + 1,
		 seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}
