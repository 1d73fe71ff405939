/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A batch that edits an entry, moves the upper level and edits again hits the new table. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

static void queue_upper(uint32_t root)
{
	if (pt_is_pae())
		hcall_async(LHCALL_SET_PMD, *(uint32_t *)phys_to_virt(root + 8) & PAGE_MASK, 0, 0,
			    0);
	else
		hcall_async(LHCALL_SET_PGD, root, VA >> 22, 0, 0);
}

static void queue_pte(uint32_t root, uint32_t va, pte_t pte)
{
	hcall_async(LHCALL_SET_PTE, root, va, (uint32_t)pte, (uint32_t)(pte >> 32));
}

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(4), value;
	uint32_t other = VA + pt_table_span();
	pte_t one, two;

	for (unsigned i = 0; i < 4; i++)
		*(uint32_t *)phys_to_virt(gpa + i * PAGE_SIZE) = i + 1;
	pt_map(root, VA, gpa | PTE_KERNEL_PAGE);
	pt_map(root, other, (gpa + PAGE_SIZE) | PTE_KERNEL_PAGE);
	CHECK(try_read(VA, &value) && try_read(other, &value), "fault at first");
	one = pt_get_upper(root, VA);
	two = pt_get_upper(root, other);

	/* Edit in table one, move to table two, edit there: all before one synchronous call. */
	pt_write(root, VA, (gpa + 2 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	queue_pte(root, VA, (gpa + 2 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	pt_write_upper(root, VA, two);
	queue_upper(root);
	pt_write(root, VA, (gpa + 3 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	queue_pte(root, VA, (gpa + 3 * PAGE_SIZE) | PTE_KERNEL_PAGE);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(try_read(VA, &value) && value == 4, "0x%x behind the new table, not 4", value);
	/* That table is also behind the other address, which was not told. */
	pt_call_set_pte(root, other, 0);
	CHECK(try_read(other, &value) && value == 4, "0x%x behind its other address, not 4", value);
	pt_set_upper(root, VA, one);
	CHECK(try_read(VA, &value) && value == 3, "0x%x behind the old table, not 3", value);
}
