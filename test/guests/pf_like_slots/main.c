/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables that a cache by the lower bits of their page numbers would take
 * for one another: each access is decided by its own table, as it is now.
 */
/* paging: both */
/* expect: success */
/* guest-line: mem=8M */
#include "test/guests/lib/test.h"

#define TABLES 4u
#define APART  256u /* pages, from one table to the next */
#define ROUNDS 200u
#define INDEX  5u
#define VA(n)  (0x10000000u + (n)*0x400000u + INDEX * PAGE_SIZE)

static uint32_t root, table[TABLES], page[TABLES];

static void set_entry(unsigned n, uint32_t entry)
{
	if (pt_is_pae())
		((volatile uint64_t *)phys_to_virt(table[n]))[INDEX] = entry;
	else
		((volatile uint32_t *)phys_to_virt(table[n]))[INDEX] = entry;
	barrier();
}

/* From absent to present needs no call; the other way does. */
static void change(unsigned n, bool is_there)
{
	set_entry(n, is_there ? page[n] | PTE_KERNEL_PAGE : 0);
	if (!is_there)
		hcall1(LHCALL_FLUSH_TLB, 0);
}

static void look(unsigned n, bool is_there)
{
	uint32_t value = 0;

	CHECK(try_read(VA(n), &value) == is_there, "table %u: a page that is %s", n,
	      is_there ? "there faults" : "not there can be read");
	if (is_there)
		CHECK(value == n + 1, "table %u: 0x%x is read", n, value);
	else
		check_page_fault("absent", 0, VA(n));
}

void test_main(void)
{
	uint32_t first = boot_alloc_pages((TABLES - 1) * APART + 1);

	ring3_init(); /* tells the host of a ring-1 stack */
	root = pt_root();
	for (unsigned n = 0; n < TABLES; n++) {
		table[n] = first + n * APART * PAGE_SIZE;
		page[n] = boot_alloc_pages(1);
		*(uint32_t *)phys_to_virt(page[n]) = n + 1;
		pt_write_upper(root, VA(n), table[n] | 0x67);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned one = round % TABLES, other = (round / TABLES + 1 + one) % TABLES;

		for (unsigned n = 0; n < TABLES; n++)
			change(n, n == one);
		look(other, one == other); /* its table is the last that was looked at */
		look(other, one == other);
		look(one, true);
		for (unsigned n = 0; n < TABLES; n++)
			look(n, n == one);
	}
}
