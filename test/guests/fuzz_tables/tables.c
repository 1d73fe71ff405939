/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables that change at random, and what they say at the moment. */
#include "test/guests/fuzz_tables/tables.h"

#define ROOTS        4u
#define TABLES       12u /* bottom tables, each in as many places as it happens */
#define DIRECTORIES  6u  /* PAE: likewise, for what lies at 1 to 2 GiB */
#define DATA_PAGES   48u
#define USER_SPANS   5u
#define KERNEL_SPANS 3u
#define SPANS        (USER_SPANS + KERNEL_SPANS)
#define ADDRESS      0x000FFFFFFFFFF000ull

/* Each the reach of one bottom table; the first at the start of it. The kernel's are everybody's.
 */
static const uint32_t spans[SPANS] = {0x10000000, 0x3FC00000, 0x40000000, 0x7FC00000,
				      0x80000000, 0xBFC00000, 0xE0000000, 0xFF800000};

/* The layout of Linux 4.1; the kernel's part begins within a directory of PAE tables. */
struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v3 = {.noirq_iret = (uint32_t)guest_noirq_iret,
	       .kernel_address = 0xB0000000,
	       .syscall_vec = 0x80},
};

static uint32_t roots[ROOTS], tables, directories, data, now;
static bool must_flush; /* the host does not know all that changed */

static uint32_t page_of(uint32_t first, uint32_t pages)
{
	return first + fuzz_below(pages) * PAGE_SIZE;
}

/* The pages in use at both ends and in the middle of a table's reach. */
static unsigned some_index(void)
{
	unsigned last = pt_table_span() / PAGE_SIZE - 1, n = fuzz_below(6);

	return n < 3 ? n : last + 3 - n;
}

static pte_t entry_get(uint32_t table, unsigned index)
{
	return pt_is_pae() ? ((uint64_t *)phys_to_virt(table))[index]
			   : ((uint32_t *)phys_to_virt(table))[index];
}

static void entry_set(uint32_t table, unsigned index, pte_t e)
{
	if (pt_is_pae())
		((uint64_t *)phys_to_virt(table))[index] = e;
	else
		((uint32_t *)phys_to_virt(table))[index] = (uint32_t)e;
	barrier();
}

/* Where va's upper entry is; 0: nowhere. */
static uint32_t upper_table(uint32_t root, uint32_t va)
{
	pte_t top;

	if (!pt_is_pae())
		return root;
	top = entry_get(root, va >> 30);
	return top & PTE_PRESENT ? (uint32_t)(top & ADDRESS) : 0;
}

static unsigned upper_index(uint32_t va)
{
	return pt_is_pae() ? va >> 21 & 511 : va >> 22;
}

static pte_t random_pte(void)
{
	pte_t e = PTE_PRESENT | (fuzz_random() & 0xF7E);

	if (fuzz_once_in(8))
		e |= page_of(tables, TABLES);
	else if (fuzz_once_in(16))
		e |= fuzz_below(boot_ram_bytes()) & PAGE_MASK;
	else if (fuzz_once_in(32))
		e |= fuzz_random() & PAGE_MASK;
	else
		e |= page_of(data, DATA_PAGES);
	if (pt_is_pae() && fuzz_once_in(4))
		e |= (uint64_t)fuzz_random() << 32 &
		     (fuzz_once_in(8) ? ~0ull : 0x8000000000000000ull);
	return fuzz_once_in(4) ? e & ~PTE_PRESENT : e;
}

/* Also with bits that mean nothing there; seldom with what is fatal when it is used. */
static pte_t random_upper(void)
{
	pte_t e = PTE_PRESENT | (fuzz_random() & 0xF7E) | page_of(tables, TABLES);

	if (fuzz_once_in(4))
		return fuzz_random() & ~1u;
	if (fuzz_once_in(64))
		return fuzz_once_in(2) ? e | PTE_PSE : e | 0x80000000u;
	return e;
}

/* Every place of the table in every root gets its call, by the ring: an exit for all. */
static void tell_pte(uint32_t table, unsigned index, pte_t e)
{
	for (unsigned r = 0; r < ROOTS; r++) {
		for (unsigned s = 0; s < SPANS; s++) {
			uint32_t upper = upper_table(roots[r], spans[s]);
			pte_t pde = upper ? entry_get(upper, upper_index(spans[s])) : 0;

			if (pde & PTE_PRESENT && (pde & ADDRESS) == table)
				hcall_async(LHCALL_SET_PTE, roots[r], spans[s] + index * PAGE_SIZE,
					    (uint32_t)e, (uint32_t)(e >> 32));
		}
	}
	hcall0(LHCALL_FLUSH_ASYNC);
}

static void change_pte(void)
{
	uint32_t table = page_of(tables, TABLES);
	unsigned index = some_index();
	pte_t old = entry_get(table, index), e = random_pte();

	entry_set(table, index, e);
	if (!(old & PTE_PRESENT))
		return; /* an absent entry is nowhere kept */
	if (fuzz_once_in(4))
		must_flush = true;
	else
		tell_pte(table, index, e);
}

static void change_upper(void)
{
	unsigned s = fuzz_below(SPANS), r = fuzz_below(ROOTS);
	uint32_t upper = upper_table(roots[r], spans[s]);
	bool is_told = !fuzz_once_in(4);
	pte_t e = random_upper();

	if (!upper)
		return;
	must_flush |= !is_told;
	entry_set(upper, upper_index(spans[s]), e);
	for (unsigned i = 0; s >= USER_SPANS && i < ROOTS && !pt_is_pae(); i++)
		entry_set(roots[i], upper_index(spans[s]), e);
	if (is_told && pt_is_pae())
		hcall2(LHCALL_SET_PMD, upper, upper_index(spans[s]));
	else if (is_told)
		hcall2(LHCALL_SET_PGD, roots[r], upper_index(spans[s]));
}

/* PAE: the directory of the second GiB. */
static void change_top(void)
{
	unsigned r = fuzz_below(ROOTS);

	if (!pt_is_pae())
		return;
	entry_set(roots[r], 1,
		  fuzz_once_in(4) ? fuzz_random() & 0xFFFFFE00u
				  : page_of(directories, DIRECTORIES) | PTE_PRESENT);
	if (fuzz_once_in(4))
		must_flush = true;
	else
		hcall2(LHCALL_SET_PGD, roots[r], 1);
}

void tables_change(void)
{
	switch (fuzz_below(8)) {
	case 0:
		change_upper();
		break;
	case 1:
		change_top();
		break;
	default:
		change_pte();
	}
}

void tables_switch(void)
{
	now = roots[fuzz_below(ROOTS)];
	pt_load(now);
}

uint32_t tables_va(void)
{
	return spans[fuzz_below(SPANS)] + some_index() * PAGE_SIZE + (fuzz_random() & 0xFFC);
}

struct tables_view tables_look(uint32_t va)
{
	struct tables_view v = {.kind = VIEW_ABSENT};
	uint32_t upper = upper_table(now, va);
	pte_t pde = upper ? entry_get(upper, upper_index(va)) : 0, pte;

	if (must_flush)
		hcall1(LHCALL_FLUSH_TLB, 1);
	must_flush = false;
	if (!(pde & PTE_PRESENT))
		return v;
	v.kind = VIEW_FATAL;
	if (pde & PTE_PSE || (pde & ADDRESS) + PAGE_SIZE > boot_ram_bytes())
		return v;
	pte = entry_get((uint32_t)(pde & ADDRESS), va >> 12 & (pt_table_span() / PAGE_SIZE - 1));
	v.kind = pte & PTE_PRESENT ? VIEW_FATAL : VIEW_ABSENT;
	if (v.kind == VIEW_ABSENT || (pte & ADDRESS) >= boot_ram_bytes())
		return v;
	v.kind = VIEW_PAGE;
	v.gpa = (uint32_t)(pte & ADDRESS) | (va & ~PAGE_MASK);
	v.may_write = pde & pte & PTE_WRITE;
	v.may_use_in_ring3 = pde & pte & PTE_USER;
	/* not the directory entry: the kernel's are a copy in each root, and one is marked */
	v.is_accessed = pte & PTE_ACCESSED;
	v.is_dirty = pte & PTE_DIRTY;
	v.is_data = v.gpa >= data && v.gpa < data + DATA_PAGES * PAGE_SIZE;
	return v;
}

/* What ring 3 needs is in all of them, and does not change. */
static void make_roots(void)
{
	uint32_t boot = pt_root();

	ring3_init();
	for (unsigned s = USER_SPANS; s < SPANS; s++)
		pt_write_upper(boot, spans[s], tables | PTE_TABLE);
	for (unsigned r = 0; r < ROOTS; r++) {
		roots[r] = pt_create();
		for (uint32_t va = 0x08000000; va <= 0x0C000000; va += pt_table_span())
			pt_write_upper(roots[r], va, pt_get_upper(boot, va));
		if (!pt_is_pae())
			continue;
		entry_set(roots[r], 1, page_of(directories, DIRECTORIES) | PTE_PRESENT);
		entry_set(roots[r], 2, entry_get(boot, 2)); /* the kernel's, in part */
	}
}

void tables_init(void)
{
	tables = boot_alloc_pages(TABLES);
	directories = boot_alloc_pages(DIRECTORIES);
	data = boot_alloc_pages(DATA_PAGES);
	for (uint32_t i = 0; i < DATA_PAGES * PAGE_SIZE; i += 4)
		*(uint32_t *)phys_to_virt(data + i) = (data + i) ^ 0xA5000000;
	make_roots();
	tables_switch();
}
