/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One flush when many address spaces use all tables of the GiB that kernel_address splits: at most
 * 100 us. */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M shadow=16M */
/* icount: yes */
#include "test/guests/lib/split.h"

SPLIT_DATA;

#define END 0x80000000u

static void touch_all(uint32_t root)
{
	uint32_t value;

	pt_load(root);
	for (uint32_t va = SPLIT - (2u << 20); va < END; va += 2u << 20)
		CHECK(try_read(va, &value), "0x%x: fault", va);
}

void test_main(void)
{
	uint32_t page = boot_alloc_pages(1), table = boot_alloc_pages(1), first = pt_root();
	uint32_t *entry = phys_to_virt(table);

	for (unsigned i = 0; i < 1024; i++)
		entry[i] = page | (uint32_t)PTE_KERNEL_PAGE;
	for (unsigned r = 0; r < SPLIT_ROOTS; r++) {
		uint32_t root = pt_create(), *top = phys_to_virt(root);

		for (uint32_t va = SPLIT & 0xFFC00000; va < END; va += 4u << 20)
			top[va >> 22] = table | (uint32_t)PTE_TABLE;
		touch_all(root);
	}
	pt_load(first);
	hcall1(LHCALL_FLUSH_TLB, 1);
}
