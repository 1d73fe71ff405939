/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PGD, SET_PMD and SET_PTE for tables outside RAM end in an error or the guest's death. */
/* paging: both */
/* expect: success or dead "(?i)pgd|pmd|page|table|entry|outside|address" */
/* cases: 15 */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint32_t addresses[] = {0x80000000, 0xFFFFF000, 0xFFFFFFE0, 0xFEE00000,
					     0x12345};

	uint32_t address = addresses[test_case() % ARRAY_SIZE(addresses)];

	switch (test_case() / ARRAY_SIZE(addresses)) {
	case 0:
		pt_call_set_pte(address, 0x40000000, 0x100000 | PTE_KERNEL_PAGE);
		break;
	case 1:
		hcall2(LHCALL_SET_PGD, address, 1);
		break;
	default:
		hcall2(LHCALL_SET_PMD, address, 1);
		break;
	}
	CHECK(!try_read(0x40000000, NULL), "something is mapped at 0x40000000");
}
