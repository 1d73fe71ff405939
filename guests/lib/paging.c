/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own page tables, 2-level or PAE. */
#include "guests/lib/paging.h"
#include "guests/lib/string.h"

#define PTE_ADDRESS 0xFFFFFF000ull
#define PDPT_ENTRY  PTE_PRESENT

/* From tables-*.S: which format this guest was linked with. */
extern const uint32_t guest_tables_pae;
extern char guest_boot_root_phys[];

static uint32_t root_now;

bool pt_is_pae(void)
{
	return READ_ONCE(guest_tables_pae);
}

uint32_t pt_table_span(void)
{
	return pt_is_pae() ? 2u << 20 : 4u << 20;
}

uint32_t pt_root(void)
{
	return root_now ? root_now : addr32(guest_boot_root_phys);
}

void pt_load(uint32_t root)
{
	root_now = root;
	hcall1(LHCALL_NEW_PGTABLE, root);
}

static pte_t entry_read(uint32_t table, unsigned index)
{
	if (pt_is_pae())
		return READ_ONCE(((uint64_t *)phys_to_virt(table))[index]);
	return READ_ONCE(((uint32_t *)phys_to_virt(table))[index]);
}

static void entry_write(uint32_t table, unsigned index, pte_t value)
{
	uint32_t *pae = phys_to_virt(table + index * 8);

	if (pt_is_pae()) {
		WRITE_ONCE(pae[0], 0);
		WRITE_ONCE(pae[1], (uint32_t)(value >> 32));
		WRITE_ONCE(pae[0], (uint32_t)value);
	} else {
		WRITE_ONCE(((uint32_t *)phys_to_virt(table))[index], (uint32_t)value);
	}
	barrier();
}

/* The page directory (PAE: the PMD page) that va's upper entry is in; 0 if absent. */
static uint32_t directory(uint32_t root, uint32_t va)
{
	pte_t entry;

	if (!pt_is_pae())
		return root;
	entry = entry_read(root, va >> 30);
	return entry & PTE_PRESENT ? (uint32_t)(entry & PTE_ADDRESS) : 0;
}

static unsigned upper_index(uint32_t va)
{
	return pt_is_pae() ? va >> 21 & 511 : va >> 22;
}

static unsigned lower_index(uint32_t va)
{
	return va >> 12 & (pt_is_pae() ? 511 : 1023);
}

pte_t pt_get_upper(uint32_t root, uint32_t va)
{
	uint32_t dir = directory(root, va);

	return dir ? entry_read(dir, upper_index(va)) : 0;
}

pte_t pt_get(uint32_t root, uint32_t va)
{
	pte_t upper = pt_get_upper(root, va);

	if (!(upper & PTE_PRESENT))
		return 0;
	return entry_read(upper & PTE_ADDRESS, lower_index(va));
}

void pt_call_set_upper(uint32_t root, uint32_t va)
{
	if (pt_is_pae())
		hcall2(LHCALL_SET_PMD, directory(root, va), upper_index(va));
	else
		hcall2(LHCALL_SET_PGD, root, upper_index(va));
}

void pt_write_upper(uint32_t root, uint32_t va, pte_t entry)
{
	if (!directory(root, va)) {
		entry_write(root, va >> 30, boot_alloc_pages(1) | PDPT_ENTRY);
		hcall2(LHCALL_SET_PGD, root, va >> 30);
	}
	entry_write(directory(root, va), upper_index(va), entry);
}

void pt_set_upper(uint32_t root, uint32_t va, pte_t entry)
{
	pt_write_upper(root, va, entry);
	pt_call_set_upper(root, va);
}

void pt_make_tables(uint32_t root, uint32_t va)
{
	if (!(pt_get_upper(root, va) & PTE_PRESENT))
		pt_set_upper(root, va, boot_alloc_pages(1) | PTE_TABLE);
}

void pt_write(uint32_t root, uint32_t va, pte_t pte)
{
	pt_make_tables(root, va);
	entry_write(pt_get_upper(root, va) & PTE_ADDRESS, lower_index(va), pte);
}

void pt_call_set_pte(uint32_t root, uint32_t va, pte_t pte)
{
	hcall4(LHCALL_SET_PTE, root, va, (uint32_t)pte, (uint32_t)(pte >> 32));
}

void pt_map(uint32_t root, uint32_t va, pte_t pte)
{
	pt_write(root, va, pte);
	pt_call_set_pte(root, va, pte);
}

uint32_t pt_create(void)
{
	uint32_t root = boot_alloc_pages(1), boot = addr32(guest_boot_root_phys);

	if (pt_is_pae()) {
		entry_write(root, 3, entry_read(boot, 3));
		return root;
	}
	for (unsigned i = KERNEL_BASE >> 22; i < 1024; i++)
		entry_write(root, i, entry_read(boot, i));
	return root;
}
