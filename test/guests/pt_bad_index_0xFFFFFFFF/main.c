/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upper-level index 0xFFFFFFFF: out of range ends in an error or the guest's death. */
/* paging: both */
/* expect: success or dead "(?i)index|pgd|pmd|page|table|entry" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t value;

	hcall2(LHCALL_SET_PGD, pt_root(), 0xFFFFFFFF);
	if (pt_is_pae())
		hcall2(LHCALL_SET_PMD, pt_root() + PAGE_SIZE, 0xFFFFFFFF);
	CHECK(!try_read(0x40000000, &value), "something is mapped at 0x40000000");
}
