/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest whose kernel_address lies amid 1 GiB. */
#include "test/guests/lib/split.h"

void split_roots(void)
{
	uint32_t page = boot_alloc_pages(1), root, value, first = pt_root();

	for (unsigned r = 0; r < SPLIT_ROOTS; r++) {
		root = pt_create();
		pt_map(root, 0x40000000u, page | PTE_KERNEL_PAGE);
		pt_map(root, 0x40400000u, page | PTE_KERNEL_PAGE);
		pt_load(root);
		CHECK(try_read(0x40000000u, &value), "address space %u: fault", r);
		CHECK(try_read(0x40400000u, &value), "address space %u: fault", r);
	}
	pt_load(first);
}
