/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PGD and SET_PMD: a table removed takes its pages along, another one brings its own. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(2), value;
	uint32_t other = VA + pt_table_span();
	pte_t one, two;

	*(uint32_t *)phys_to_virt(gpa) = 1;
	*(uint32_t *)phys_to_virt(gpa + PAGE_SIZE) = 2;
	pt_map(root, VA, gpa | PTE_KERNEL_PAGE);
	pt_map(root, other, (gpa + PAGE_SIZE) | PTE_KERNEL_PAGE);
	one = pt_get_upper(root, VA);
	two = pt_get_upper(root, other);
	for (unsigned i = 0; i < 20; i++) {
		CHECK(try_read(VA, &value) && value == 1, "0x%x behind table one", value);
		CHECK(try_read(other, &value) && value == 2, "0x%x behind table two", value);
		pt_set_upper(root, VA, 0);
		CHECK(!try_read(VA, &value), "mapped without a table");
		check_page_fault("no table", 0, VA);
		CHECK(try_read(other, &value) && value == 2, "0x%x behind the other table", value);
		pt_set_upper(root, VA, two);
		CHECK(try_read(VA, &value) && value == 2, "0x%x after the table changed", value);
		pt_set_upper(root, VA, one);
	}
}
