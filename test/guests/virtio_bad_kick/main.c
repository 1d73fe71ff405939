/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NOTIFY of odd addresses in the device pages does no harm. */
/* expect: success or dead "(?i)notify|device|ring|queue|address" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();

	/* The descriptor page and what follows: every address is a kick of something or nothing. */
	for (uint32_t gpa = ram; gpa < ram + 4 * PAGE_SIZE; gpa += 7)
		hcall1(LHCALL_NOTIFY, gpa);
}
