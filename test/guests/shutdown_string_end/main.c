/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SHUTDOWN string that runs to the end of RAM without a NUL is cut, not followed. */
/* expect: success */
/* guest-line: mem=4M */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t end = boot_ram_bytes();
	char *text = phys_to_virt(end - 64);

	memset(text, 'x', 64);
	printf("VERDICT: SUCCESS: the host's log and health show the rest\n");
	hcall2(LHCALL_SHUTDOWN, end - 64, LGUEST_SHUTDOWN_POWEROFF);
}
