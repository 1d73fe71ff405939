/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-table calls for addresses in the switcher window change nothing there. */
/* paging: both */
/* expect: success or dead "(?i)window|index|address|page|entry|table" */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(1), value;

	memset(phys_to_virt(gpa), 0x5E, PAGE_SIZE);
	for (uint32_t va = 0xFFC00000; va >= 0xFFC00000; va += PAGE_SIZE) {
		pt_call_set_pte(root, va, gpa | PTE_USER_PAGE);
		CHECK(!try_read(va, &value) || value != 0x5E5E5E5E, "a guest page appeared at 0x%x",
		      va);
	}
	/* With tables in memory, too. */
	for (uint32_t va = 0xFFC00000; va >= 0xFFC00000; va += 16 * PAGE_SIZE) {
		pt_map(root, va, gpa | PTE_USER_PAGE);
		CHECK(!try_read(va, &value) || value != 0x5E5E5E5E, "a guest page appeared at 0x%x",
		      va);
	}
	pt_load(root);
	CHECK(!try_read(0xFFC00000, &value) || value != 0x5E5E5E5E,
	      "a guest page after NEW_PGTABLE");
}
