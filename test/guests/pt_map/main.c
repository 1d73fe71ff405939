/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PTE maps, remaps and unmaps pages; other entries stay. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VA    0x40000000u
#define PAGES 64

void test_main(void)
{
	uint32_t root = pt_root(), gpa = boot_alloc_pages(PAGES), value;

	for (unsigned i = 0; i < PAGES; i++)
		*(uint32_t *)phys_to_virt(gpa + i * PAGE_SIZE) = 0xA0000000 + i;
	for (unsigned i = 0; i < PAGES; i++)
		pt_map(root, VA + i * PAGE_SIZE, (gpa + i * PAGE_SIZE) | PTE_KERNEL_PAGE);
	for (unsigned i = 0; i < PAGES; i++) {
		CHECK(try_read(VA + i * PAGE_SIZE, &value), "page %u: fault", i);
		CHECK(value == 0xA0000000 + i, "page %u: 0x%x", i, value);
	}
	/* Remap in reverse. */
	for (unsigned i = 0; i < PAGES; i++)
		pt_map(root, VA + i * PAGE_SIZE,
		       (gpa + (PAGES - 1 - i) * PAGE_SIZE) | PTE_KERNEL_PAGE);
	for (unsigned i = 0; i < PAGES; i++) {
		CHECK(try_read(VA + i * PAGE_SIZE, &value), "page %u: fault after remap", i);
		CHECK(value == 0xA0000000 + PAGES - 1 - i, "page %u: 0x%x after remap", i, value);
		CHECK(try_write(VA + i * PAGE_SIZE, i), "page %u: no write", i);
	}
	for (unsigned i = 0; i < PAGES; i += 2)
		pt_map(root, VA + i * PAGE_SIZE, 0);
	for (unsigned i = 0; i < PAGES; i++) {
		bool mapped = try_read(VA + i * PAGE_SIZE, &value);

		if (i & 1) {
			CHECK(mapped && value == i, "page %u: 0x%x after its neighbour went", i,
			      value);
			continue;
		}
		check_page_fault("unmapped page", 0, VA + i * PAGE_SIZE);
		try_write(VA + i * PAGE_SIZE + 8, 1);
		check_page_fault("unmapped page", PF_WRITE, VA + i * PAGE_SIZE + 8);
	}
}
