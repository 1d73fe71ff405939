/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flushes from the ring, with many address spaces and kernel_address amid 1 GiB: at most 100 us. */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M */
/* icount: yes */
#include "test/guests/lib/test.h"

#define ROOTS 63
#define SPLIT 0x40200000u

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)guest_noirq_start,
	       .noirq_end = (uint32_t)guest_noirq_end,
	       .kernel_address = SPLIT,
	       .syscall_vec = 0x80},
};

void test_main(void)
{
	uint32_t page = boot_alloc_pages(1), root, value, first = pt_root();

	/* the shared part's first table is there in every address space */
	for (unsigned r = 0; r < ROOTS; r++) {
		root = pt_create();
		pt_map(root, 0x40000000u, page | PTE_KERNEL_PAGE);
		pt_map(root, 0x40400000u, page | PTE_KERNEL_PAGE);
		pt_load(root);
		CHECK(try_read(0x40000000u, &value), "address space %u: fault", r);
		CHECK(try_read(0x40400000u, &value), "address space %u: fault", r);
	}
	pt_load(first);
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		hcall_async(LHCALL_FLUSH_TLB, 1, 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}
