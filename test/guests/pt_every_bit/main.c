/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each bit that is no address, in entries of each level: a fault, or the guest's own page. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VA    0x50000000u
#define VALUE 0x600DDA7Au

static uint32_t page, accesses;

static void probe(void)
{
	uint32_t value = 0;

	if (try_read(VA, &value))
		CHECK(value == VALUE, "read 0x%x", value);
	else
		CHECK(trap_was(TRAP_PAGE_FAULT) && trap_seen.cr2 == VA, "read: vector %u, cr2 0x%x",
		      trap_seen.vector, trap_seen.cr2);
	accesses += try_write(VA, VALUE);
	try_call(VA + 64);
}

static bool is_address(unsigned bit)
{
	return bit >= 12 && bit < 52;
}

static void leaf(unsigned bit, pte_t good)
{
	pt_map(pt_root(), VA, good ^ 1ull << bit);
	probe();
	/* without a word to the host, and then with one */
	pt_write(pt_root(), VA, good);
	probe();
	pt_map(pt_root(), VA, good);
	probe();
}

/* A large page ends the guest (pt_pse): bit 7 stays as it is here. */
static void directory(unsigned bit)
{
	pte_t good = pt_get_upper(pt_root(), VA);

	if (bit == 7)
		return;
	pt_set_upper(pt_root(), VA, good ^ 1ull << bit);
	probe();
	pt_set_upper(pt_root(), VA, good);
	probe();
}

/* One of the four entries above, which only PAE has. */
static void top(unsigned bit)
{
	volatile uint64_t *entry = phys_to_virt(pt_root() + (VA >> 30) * 8);
	uint64_t good = *entry;

	*entry = good ^ 1ull << bit;
	hcall2(LHCALL_SET_PGD, pt_root(), VA >> 30);
	probe();
	hcall1(LHCALL_NEW_PGTABLE, pt_root());
	probe();
	*entry = good;
	hcall2(LHCALL_SET_PGD, pt_root(), VA >> 30);
	probe();
}

void test_main(void)
{
	page = boot_alloc_pages(1);
	memset(phys_to_virt(page), 0xC3, PAGE_SIZE); /* ret */
	*(uint32_t *)phys_to_virt(page) = VALUE;
	pt_map(pt_root(), VA, page | PTE_KERNEL_PAGE);
	for (unsigned bit = 0; bit < (pt_is_pae() ? 64 : 32); bit++) {
		if (is_address(bit))
			continue;
		leaf(bit, page | PTE_KERNEL_PAGE);
		leaf(bit, page | PTE_PRESENT);
		directory(bit);
		if (pt_is_pae())
			top(bit);
	}
	CHECK(accesses > 20, "%u writes succeeded", accesses);
}
