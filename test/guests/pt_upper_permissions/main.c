/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rights are the intersection of the upper entry's and the page's. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

USER_CODE(user_read, "movl 0x40000010, %eax\n\tint $0x80");

void test_main(void)
{
	uint32_t root = pt_root(), gpa;
	struct regs r;
	pte_t upper;

	ring3_init();
	gpa = boot_alloc_pages(1);
	pt_map(root, VA, gpa | PTE_USER_PAGE);
	upper = pt_get_upper(root, VA);
	CHECK(try_write(VA + 0x10, 5), "no write at first");
	pt_set_upper(root, VA, upper & ~PTE_WRITE);
	CHECK(try_read(VA + 0x10, NULL), "no read with a read-only upper entry");
	CHECK(!try_write(VA + 0x10, 6), "write through a read-only upper entry");
	check_page_fault("write", PF_PRESENT | PF_WRITE, VA + 0x10);
	pt_set_upper(root, VA, upper & ~PTE_USER);
	CHECK(try_write(VA + 0x10, 7), "no kernel write with a supervisor upper entry");
	r = ring3_start(user_read);
	check_ring3_leaves("read through a supervisor upper entry", &r, TRAP_PAGE_FAULT);
	CHECK(r.error == (PF_USER | PF_PRESENT), "error code 0x%x", r.error);
	pt_set_upper(root, VA, upper);
	r = ring3_start(user_read);
	check_ring3_leaves("read", &r, 0x80);
	CHECK(r.eax == 7, "0x%x", r.eax);
}
