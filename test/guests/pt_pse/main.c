/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A large page entry is refused: fault or death, never four mebibytes. */
/* paging: both */
/* expect: success or dead "(?i)large|pse|page|entry|table" */
/* cases: 2 */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

void test_main(void)
{
	uint32_t value;

	pt_make_tables(pt_root(), VA);
	if (test_case() == 0) {
		pt_set_upper(pt_root(), VA, PTE_PSE | PTE_KERNEL_PAGE);
		CHECK(!try_read(VA + 0x100000, &value), "a large page at 0 was mapped: 0x%x",
		      value);
	} else {
		pt_set_upper(pt_root(), VA, 0x80000000ull | PTE_PSE | PTE_KERNEL_PAGE);
		CHECK(!try_read(VA, &value), "a large page at 2 GiB was mapped: 0x%x", value);
	}
}
