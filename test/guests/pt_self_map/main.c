/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page table that maps itself shows the guest's own entries, and no shadow. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA   0x40000000u
#define DATA 0x50000000u

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(2), table, value, index;
	volatile uint32_t *window;
	pte_t upper;

	pt_map(root, DATA, gpa | PTE_KERNEL_PAGE);
	*(uint32_t *)phys_to_virt(gpa) = 1;
	*(uint32_t *)phys_to_virt(gpa + PAGE_SIZE) = 2;
	/* The directory as a table of itself: the pages below VA are all bottom tables. */
	upper = pt_get_upper(root, DATA);
	table = pt_is_pae() ? *(uint32_t *)phys_to_virt(root + 8) & PAGE_MASK : root;
	pt_set_upper(root, VA, table | PTE_TABLE);
	index = pt_is_pae() ? DATA >> 21 & 511 : DATA >> 22;
	window = (uint32_t *)(VA + index * PAGE_SIZE);
	CHECK(try_read(addr32(window), &value), "fault in the window");
	CHECK((value & PAGE_MASK) == gpa, "0x%x through the window", value);
	CHECK(try_read(DATA, &value) && value == 1, "data 0x%x", value);
	/* Edit through it. */
	window[0] = (gpa + PAGE_SIZE) | (uint32_t)PTE_KERNEL_PAGE;
	pt_call_set_pte(root, DATA, 0);
	CHECK(try_read(DATA, &value) && value == 2, "data 0x%x after an edit in the window", value);
	CHECK(pt_get_upper(root, DATA) == upper, "the upper entry changed");
}
