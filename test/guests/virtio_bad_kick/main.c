/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NOTIFY of odd addresses in the device pages does no harm. */
/* expect: success or dead "(?i)notify|device|ring|queue|address" */
/* cases: 12 */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();

	/* The descriptor page and what follows. */
	static const uint32_t offsets[] = {0,
					   1,
					   7,
					   64,
					   PAGE_SIZE - 1,
					   PAGE_SIZE,
					   PAGE_SIZE + 4,
					   2 * PAGE_SIZE,
					   3 * PAGE_SIZE,
					   4 * PAGE_SIZE,
					   5 * PAGE_SIZE,
					   64 * PAGE_SIZE};

	hcall1(LHCALL_NOTIFY, ram + offsets[test_case() % ARRAY_SIZE(offsets)]);
}
