/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that says hello and what it sees. */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"

static void print_time_of_day(void)
{
	uint32_t seconds = READ_ONCE(lguest_data.time_sec), days = seconds / 86400;
	uint32_t year = 1970, month = 0;
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	for (;; year++) {
		uint32_t length = year % 4 == 0 && (year % 100 || year % 400 == 0) ? 366 : 365;

		if (days < length)
			break;
		days -= length;
	}
	for (;; month++) {
		uint32_t leap = year % 4 == 0 && (year % 100 || year % 400 == 0);
		uint32_t length = lengths[month] + (month == 1 && leap);

		if (days < length)
			break;
		days -= length;
	}
	printf("the time is %04u-%02u-%02u %02u:%02u:%02u UTC\n", year, month + 1, days + 1,
	       seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

void guest_main(void)
{
	printf("Hello from a Gatehouse guest in ring %u.\n", LGUEST_CS & 3);
	printf("memory: %u KiB, the host keeps %u KiB of address space\n", boot_ram_bytes() / 1024,
	       READ_ONCE(lguest_data.reserve_mem) / 1024);
	printf("command line: \"%s\"\n", boot_cmdline());
	if (tsc_usable())
		printf("tsc: %u kHz\n", READ_ONCE(lguest_data.tsc_khz));
	else
		printf("tsc: not usable\n");
	print_time_of_day();
	if (boot_has_word("stay")) {
		printf("staying\n");
		for (;;) {
			irq_disable();
			irq_halt();
		}
	}
	printf("bye\n");
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "hello is done");
}
