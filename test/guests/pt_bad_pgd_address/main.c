/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PGD, SET_PMD and SET_PTE for tables outside RAM end in an error or the guest's death. */
/* paging: both */
/* expect: success or dead "(?i)pgd|pmd|page|table|entry|outside|address" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint32_t addresses[] = {0x80000000, 0xFFFFF000, 0xFFFFFFE0, 0xFEE00000,
					     0x12345};

	for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
		pt_call_set_pte(addresses[i], 0x40000000, 0x100000 | PTE_KERNEL_PAGE);
		hcall2(LHCALL_SET_PGD, addresses[i], 1);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++)
		hcall2(LHCALL_SET_PMD, addresses[i], 1);
}
