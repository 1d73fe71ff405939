/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that says hello and what it sees. */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"

void guest_main(void)
{
	char date[DATE_TEXT];

	printf("Hello from a Gatehouse guest in ring %u.\n", LGUEST_CS & 3);
	printf("memory: %u KiB, the host keeps %u KiB of address space\n", boot_ram_bytes() / 1024,
	       READ_ONCE(lguest_data.reserve_mem) / 1024);
	printf("command line: \"%s\"\n", boot_cmdline());
	if (tsc_usable())
		printf("tsc: %u kHz\n", READ_ONCE(lguest_data.tsc_khz));
	else
		printf("tsc: not usable\n");
	date_text(date, READ_ONCE(lguest_data.time_sec));
	printf("the time is %s UTC\n", date);
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
