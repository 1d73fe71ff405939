/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PTE with entry 0 is the single-page invalidate: what memory holds then counts. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(2), value;

	*(uint32_t *)phys_to_virt(gpa) = 1;
	*(uint32_t *)phys_to_virt(gpa + PAGE_SIZE) = 2;
	pt_map(root, VA, gpa | PTE_KERNEL_PAGE);
	CHECK(try_read(VA, &value) && value == 1, "0x%x at first", value);
	for (unsigned i = 0; i < 100; i++) {
		uint32_t page = gpa + (i & 1 ? PAGE_SIZE : 0);

		pt_write(root, VA, page | PTE_KERNEL_PAGE);
		pt_call_set_pte(root, VA, 0);
		CHECK(try_read(VA, &value), "fault after the invalidate");
		CHECK(value == (i & 1) + 1, "0x%x after the invalidate", value);
	}
	pt_write(root, VA, 0);
	pt_call_set_pte(root, VA, 0);
	CHECK(!try_read(VA, &value), "still mapped");
	check_page_fault("unmapped", 0, VA);
	/* A new entry where none was needs no call at all. */
	pt_write(root, VA, gpa | PTE_KERNEL_PAGE);
	CHECK(try_read(VA, &value) && value == 1, "a new entry is not found: 0x%x", value);
}
