/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's own demand paging: fault, map, return, retry, from ring 1 and ring 3; the cost in
 * ticks. */
/* paging: both */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on mem=8M */
#include "test/guests/lib/test.h"

#define VA    0x40000000u
#define PAGES 200

USER_CODE(user_fill, "movl $0x40100000, %edi\n1:\tmovl %edi, (%edi)\n\taddl $4096, %edi\n\tdecl "
		     "%ecx\n\tjnz 1b\n\tint $0x80");

static uint32_t faults;

static bool fill(struct regs *r)
{
	uint32_t cr2 = READ_ONCE(lguest_data.cr2);

	if (cr2 < VA || cr2 >= VA + 0x200000)
		return false;
	CHECK(r->error == (PF_WRITE | (regs_from_user(r) ? PF_USER : 0)), "error code 0x%x",
	      r->error);
	pt_map(pt_root(), cr2 & PAGE_MASK, boot_alloc_pages(1) | PTE_USER_PAGE);
	faults++;
	return true;
}

void test_main(void)
{
	uint64_t start;
	struct regs r;

	ring3_init();
	trap_handle(TRAP_PAGE_FAULT, fill);
	pt_make_tables(pt_root(), VA);
	start = rdtsc();
	for (unsigned i = 0; i < PAGES; i++)
		*(volatile uint32_t *)(VA + i * PAGE_SIZE) = i;
	printf("%llu ticks a page from ring 1\n", div_u64(rdtsc() - start, PAGES, NULL));
	CHECK(faults == PAGES, "%u faults for %u pages", faults, PAGES);
	for (unsigned i = 0; i < PAGES; i++)
		CHECK(*(volatile uint32_t *)(VA + i * PAGE_SIZE) == i, "page %u is wrong", i);
	r = ring3_start(user_fill);
	r.ecx = PAGES;
	start = rdtsc();
	check_ring3_leaves("fill", &r, 0x80);
	printf("%llu ticks a page from ring 3\n", div_u64(rdtsc() - start, PAGES, NULL));
	CHECK(faults == 2 * PAGES, "%u faults for %u pages", faults, 2 * PAGES);
}
