/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page table outside the guest's RAM is never walked: fault or death. */
/* paging: both */
/* expect: success or dead "(?i)outside|page|address|entry|beyond|memory|table" */
/* cases: 5 */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

void test_main(void)
{
	static const pte_t tables[] = {0x80000000, 0xFEE00000, 0xFFC00000, 0xFFFFF000,
				       0x200000000ull};
	uint32_t value;

	pt_make_tables(pt_root(), VA);
	for (unsigned i = test_case(); i < ARRAY_SIZE(tables); i++) {
		if (!pt_is_pae() && tables[i] >> 32)
			continue;
		pt_set_upper(pt_root(), VA, tables[i] | PTE_TABLE);
		CHECK(!try_read(VA, &value), "table at 0x%llx: read 0x%x", tables[i], value);
		/* The call by itself, with an entry that is not the guest's. */
		pt_call_set_pte(pt_root(), VA, 0x100000 | PTE_KERNEL_PAGE);
		CHECK(!try_read(VA, &value), "table at 0x%llx: read 0x%x", tables[i], value);
	}
}
