/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a guest's page tables as the CPU would, and the shadow entry that
 * follows. Pure over an array that is the guest's memory. Both formats:
 * 2-level (SDM 3A 4.3) and PAE (4.4). Large pages are not part of the guest
 * interface and refused.
 */
#ifndef GATEHOUSE_ARCH_X86_GUEST_WALK_H
#define GATEHOUSE_ARCH_X86_GUEST_WALK_H

#include "arch/x86/cpu_bits.h"
#include "arch/x86/pte.h"

struct guest_tables {
	uint8_t *memory;
	uint32_t bytes; /* guest-physical addresses are below this */
	bool is_pae;
	gpa_t top; /* what CR3 would hold: within memory, page- or 32-byte-aligned */
};

enum walk_status {
	WALK_OK,
	WALK_ABSENT, /* an entry on the way is not present */
	WALK_BAD,    /* a table outside of memory, or a large page: see bad_entry */
};

struct walk {
	enum walk_status status;
	gpa_t pde_gpa; /* 0 when not reached */
	gpa_t pte_gpa;
	uint64_t pde, pte;
	uint64_t rights; /* PTE_W, PTE_U that both levels grant; PTE_NX if one forbids */
	uint64_t page;   /* guest-physical address of the page; may be beyond memory */
	uint64_t bad_entry;
};

/* An entry of 4 or 8 bytes; the caller knows that it lies within memory. */
static inline uint64_t guest_read_entry(const struct guest_tables *t, gpa_t gpa)
{
	uint32_t low, high = 0;

	__builtin_memcpy(&low, t->memory + gpa, sizeof(low));
	if (t->is_pae)
		__builtin_memcpy(&high, t->memory + gpa + 4, sizeof(high));
	return (uint64_t)high << 32 | low;
}

/* va: any. Reads each entry once. */
struct walk guest_walk(const struct guest_tables *t, gva_t va);

bool guest_read_pde_pae(const struct guest_tables *t, gva_t va, uint32_t *low, uint32_t *high);

/* The halves of the directory entry for va, whatever it is. False: it has no directory. */
static inline bool guest_read_pde(const struct guest_tables *t, gva_t va, uint32_t *low,
				  uint32_t *high)
{
	if (t->is_pae)
		return guest_read_pde_pae(t, va, low, high);
	__builtin_memcpy(low, t->memory + t->top + (va >> 22) * 4, 4);
	*high = 0;
	return true;
}

/*
 * The page table for va: its directory entry, and where the entry lies that is
 * va's. False if there is none within memory.
 */
bool guest_walk_table(const struct guest_tables *t, gva_t va, uint64_t *pde, gpa_t *pte_gpa);

/* Whether an access (PF_WRITE, PF_USER, PF_INSTR) is granted; CR0.WP counts as set. */
bool walk_permits(const struct walk *w, unsigned access);

/* The error code the guest's own CPU would report for a denied access. */
unsigned walk_error_code(const struct walk *w, unsigned access);

/* Sets accessed, and for a write dirty, in the guest's entries and in *w. Status must be WALK_OK.
 */
void walk_mark(const struct guest_tables *t, struct walk *w, bool is_write);

/*
 * The shadow entry for the page at hpa: user and write as granted, writable
 * only once the guest's entry is dirty; nx_bit is PTE_NX or, without NX, 0.
 * The CPU need not set its own accessed and dirty bits: they say nothing.
 */
uint64_t walk_shadow_entry(const struct walk *w, hpa_t hpa, uint64_t nx_bit);

/*
 * Guesses the format of a top-level table at gpa (see interface.md): a PAE one
 * has four 8-byte entries whose upper halves and reserved bits are 0.
 */
bool guest_top_is_pae(const uint8_t *memory, uint32_t bytes, gpa_t gpa);

/* Guest-physical address of the PAE directory that covers va; 0 when absent or outside of memory.
 */
gpa_t guest_pae_directory(const struct guest_tables *t, gva_t va);

#endif
