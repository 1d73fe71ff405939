/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space with as many shadow tables as there can be. */
#include "test/guests/lib/wide.h"

void wide_load(void)
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
}
