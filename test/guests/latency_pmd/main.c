/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_PMD of a directory that all address spaces use four times, from the ring: at most 100 us. */
/* paging: pae */
/* expect: success */
/* guest-line: mem=16M */
/* icount: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t tops = boot_alloc_pages(1), first = pt_root();
	uint64_t kernel = ((uint64_t *)phys_to_virt(first))[3];

	for (unsigned r = 0; r < 63; r++) {
		uint64_t *top = phys_to_virt(tops + r * 32);

		for (unsigned i = 0; i < 4; i++)
			top[i] = kernel;
		pt_load(tops + r * 32);
	}
	pt_load(first);
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		hcall_async(LHCALL_SET_PMD, (uint32_t)kernel & PAGE_MASK, 100, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}
