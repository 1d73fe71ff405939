/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PGD of a GiB that has no tables, beside two GiB that have all of theirs: at most 100 us. */
/* paging: pae */
/* expect: success */
/* guest-line: mem=16M shadow=16M */
/* icount: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t page = boot_alloc_pages(1), table = boot_alloc_pages(1);
	uint32_t directory = boot_alloc_pages(1), root = boot_alloc_pages(1), value;
	uint64_t *top = phys_to_virt(root);

	for (unsigned i = 0; i < 512; i++) {
		((uint64_t *)phys_to_virt(table))[i] = page | (uint64_t)PTE_USER_PAGE;
		((uint64_t *)phys_to_virt(directory))[i] = table | (uint64_t)PTE_TABLE;
	}
	top[0] = top[1] = directory | 1;
	top[3] = ((uint64_t *)phys_to_virt(pt_root()))[3];
	pt_load(root);
	for (uint32_t va = 0; va < 0x80000000; va += 2u << 20)
		CHECK(try_read(va, &value), "0x%x", va);
	hcall2(LHCALL_SET_PGD, root, 2);
	hcall2(LHCALL_SET_PGD, root, 0);
}
