/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FLUSH_TLB 0 makes changes of the user part visible, FLUSH_TLB 1 those of everything. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define USER_VA   0x40000000u
#define KERNEL_VA 0xD0000000u

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(2), value;

	*(uint32_t *)phys_to_virt(gpa) = 1;
	*(uint32_t *)phys_to_virt(gpa + PAGE_SIZE) = 2;
	pt_map(root, USER_VA, gpa | PTE_KERNEL_PAGE);
	pt_map(root, KERNEL_VA, gpa | PTE_KERNEL_PAGE);
	for (unsigned i = 0; i < 20; i++) {
		uint32_t page = gpa + (i & 1 ? PAGE_SIZE : 0);

		CHECK(try_read(USER_VA, &value) && try_read(KERNEL_VA, &value), "fault");
		pt_write(root, USER_VA, page | PTE_KERNEL_PAGE);
		hcall1(LHCALL_FLUSH_TLB, 0);
		CHECK(try_read(USER_VA, &value) && value == (i & 1) + 1, "user page: 0x%x", value);
		pt_write(root, KERNEL_VA, page | PTE_KERNEL_PAGE);
		pt_write(root, USER_VA, 0);
		hcall1(LHCALL_FLUSH_TLB, 1);
		CHECK(try_read(KERNEL_VA, &value) && value == (i & 1) + 1, "kernel page: 0x%x",
		      value);
		CHECK(!try_read(USER_VA, &value), "the user page outlived a full flush");
		pt_map(root, USER_VA, page | PTE_KERNEL_PAGE);
	}
}
