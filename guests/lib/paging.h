/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own page tables, 2-level or PAE as the guest was linked. */
#ifndef GATEHOUSE_GUESTS_LIB_PAGING_H
#define GATEHOUSE_GUESTS_LIB_PAGING_H

#include "guests/lib/boot.h"
#include "guests/lib/hypercall.h"

#define PTE_PRESENT  0x001ull
#define PTE_WRITE    0x002ull
#define PTE_USER     0x004ull
#define PTE_ACCESSED 0x020ull
#define PTE_DIRTY    0x040ull
#define PTE_PSE      0x080ull
#define PTE_GLOBAL   0x100ull

/* What kernels set for their own pages and for their users'. */
#define PTE_KERNEL_PAGE (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)
#define PTE_USER_PAGE   (PTE_KERNEL_PAGE | PTE_USER)
#define PTE_TABLE       (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

typedef uint64_t pte_t;

/* Nothing is mapped at the boot identity mapping's place above this (see tables-*.S). */
#define KERNEL_BASE 0xC0000000u

bool pt_is_pae(void);

/* Bytes one bottom table maps: 4 MiB or 2 MiB. */
uint32_t pt_table_span(void);

/* Guest-physical address of the root in use. */
uint32_t pt_root(void);

/* A new root with the kernel part of the boot root and an empty user part. The host is not told. */
uint32_t pt_create(void);

/* NEW_PGTABLE. */
void pt_load(uint32_t root);

/* The entry for va; table absent: 0. */
pte_t pt_get(uint32_t root, uint32_t va);

/* Writes the entry in memory, making tables as needed; the host is not told. Tables are made with
 * pt_make_tables(), which tells it. */
void pt_write(uint32_t root, uint32_t va, pte_t pte);

/* The calls by themselves. */
void pt_call_set_pte(uint32_t root, uint32_t va, pte_t pte);
void pt_call_set_upper(uint32_t root, uint32_t va);

/* Makes the tables for va if they are missing, with SET_PGD and SET_PMD. */
void pt_make_tables(uint32_t root, uint32_t va);

/* pt_write and SET_PTE: what a kernel does to map, change or (pte 0) unmap a page. */
void pt_map(uint32_t root, uint32_t va, pte_t pte);

/*
 * The entry above the bottom table (page directory entry, PAE: PMD entry):
 * read, and write in memory followed by SET_PGD or SET_PMD.
 */
pte_t pt_get_upper(uint32_t root, uint32_t va);
void pt_set_upper(uint32_t root, uint32_t va, pte_t entry);
void pt_write_upper(uint32_t root, uint32_t va, pte_t entry);

#endif
