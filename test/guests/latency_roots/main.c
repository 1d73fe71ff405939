/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One address space too many: the oldest goes, which has as many tables as it can: at most 100 us.
 */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M shadow=16M */
/* icount: yes */
#include "test/guests/lib/test.h"

#define ROOTS 64

void test_main(void)
{
	uint32_t page = boot_alloc_pages(1), table = boot_alloc_pages(1), root = pt_create(), value;
	uint32_t *entry = phys_to_virt(table);

	for (unsigned i = 0; i < 1024; i++)
		entry[i] = page | (uint32_t)PTE_USER_PAGE;
	for (unsigned i = 1; i < 768; i++)
		((uint32_t *)phys_to_virt(root))[i] = table | (uint32_t)PTE_TABLE;
	pt_load(root);
	for (uint32_t va = 4u << 20; va < KERNEL_BASE; va += 2u << 20)
		CHECK(try_read(va, &value), "0x%x", va);
	for (unsigned r = 0; r < ROOTS; r++)
		pt_load(pt_create());
}
