/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a guest's page tables as the CPU would, and the shadow entry that follows. */
#include "arch/x86/guest_walk.h"

#include "core/lib.h"

#define TABLE_PAE_RESERVED 0x1E6u /* of a PDPTE: bits 1, 2, 5-8 (SDM 3A table 4-8) */

/* Where the table that entry points to lies; false when not wholly in memory. */
static bool table_of(const struct guest_tables *t, uint64_t entry, gpa_t *table)
{
	uint64_t at = entry & PTE_ADDR;

	if (at + PAGE_SIZE > t->bytes)
		return false;
	*table = (gpa_t)at;
	return true;
}

/* The table that holds va's directory entry: the top itself, or one of four. */
static enum walk_status find_directory(const struct guest_tables *t, gva_t va, gpa_t *directory,
				       uint64_t *bad_entry)
{
	uint64_t entry;

	if (!t->is_pae) {
		*directory = t->top;
		return WALK_OK;
	}
	entry = guest_read_entry(t, t->top + pdpt_index(va) * 8);
	if (!(entry & PTE_P))
		return WALK_ABSENT;
	*bad_entry = entry;
	return table_of(t, entry, directory) ? WALK_OK : WALK_BAD;
}

struct walk guest_walk(const struct guest_tables *t, gva_t va)
{
	struct walk w = {0};
	gpa_t table = 0;

	w.status = find_directory(t, va, &table, &w.bad_entry);
	if (w.status != WALK_OK)
		return w;
	w.pde_gpa = table + (t->is_pae ? pd_index(va) * 8 : (va >> 22) * 4);
	w.pde = guest_read_entry(t, w.pde_gpa);
	w.status = WALK_ABSENT;
	if (!(w.pde & PTE_P))
		return w;
	w.status = WALK_BAD;
	w.bad_entry = w.pde;
	if (w.pde & PTE_PS || !table_of(t, w.pde, &table))
		return w;
	w.pte_gpa = table + (t->is_pae ? pt_index(va) * 8 : (va >> 12 & 1023) * 4);
	w.pte = guest_read_entry(t, w.pte_gpa);
	w.status = w.pte & PTE_P ? WALK_OK : WALK_ABSENT;
	w.rights = (w.pde & w.pte & (PTE_W | PTE_U)) | ((w.pde | w.pte) & PTE_NX);
	w.page = w.pte & PTE_ADDR;
	return w;
}

bool guest_read_pde_pae(const struct guest_tables *t, gva_t va, uint32_t *low, uint32_t *high)
{
	const uint8_t *entry;
	uint32_t upper[2];

	memcpy(upper, t->memory + t->top + pdpt_index(va) * 8, 8);
	if (!(upper[0] & PTE_P) || (upper[0] & PAGE_MASK) > t->bytes - PAGE_SIZE ||
	    upper[1] & (uint32_t)(PTE_ADDR >> 32))
		return false;
	entry = t->memory + (upper[0] & PAGE_MASK) + pd_index(va) * 8;
	memcpy(low, entry, 4);
	memcpy(high, entry + 4, 4);
	return true;
}

/* As guest_walk(), but quick: for every entry that a guest changes. */
bool guest_walk_table(const struct guest_tables *t, gva_t va, uint64_t *pde, gpa_t *pte_gpa)
{
	uint32_t low, high;

	if (!guest_read_pde(t, va, &low, &high) || (low & (PTE_P | PTE_PS)) != PTE_P ||
	    (low & PAGE_MASK) > t->bytes - PAGE_SIZE || high & (uint32_t)(PTE_ADDR >> 32))
		return false;
	*pde = (uint64_t)high << 32 | low;
	*pte_gpa = (low & PAGE_MASK) + (t->is_pae ? pt_index(va) * 8 : (va >> 12 & 1023) * 4);
	return true;
}

bool walk_permits(const struct walk *w, unsigned access)
{
	if (w->status != WALK_OK)
		return false;
	if ((access & PF_WRITE && !(w->rights & PTE_W)) ||
	    (access & PF_USER && !(w->rights & PTE_U)))
		return false;
	return !(access & PF_INSTR && w->rights & PTE_NX);
}

unsigned walk_error_code(const struct walk *w, unsigned access)
{
	unsigned code = access & (PF_WRITE | PF_USER);

	/* A guest is told that it has no NX: fetches are nothing special unless it uses the bit. */
	if (w->status == WALK_OK)
		code |= PF_PRESENT | (w->rights & PTE_NX ? access & PF_INSTR : 0);
	return code;
}

static void set_bits(const struct guest_tables *t, gpa_t gpa, uint64_t *entry, uint64_t bits)
{
	uint8_t low;

	if ((*entry & bits) == bits)
		return;
	*entry |= bits;
	low = (uint8_t)*entry;
	memcpy(t->memory + gpa, &low, sizeof(low));
}

void walk_mark(const struct guest_tables *t, struct walk *w, bool is_write)
{
	set_bits(t, w->pde_gpa, &w->pde, PTE_A);
	set_bits(t, w->pte_gpa, &w->pte, PTE_A | (is_write ? PTE_D : 0));
}

uint64_t walk_shadow_entry(const struct walk *w, hpa_t hpa, uint64_t nx_bit)
{
	uint64_t e = hpa | PTE_P | PTE_A | PTE_D | (w->rights & PTE_U) | (w->rights & nx_bit);

	if (w->rights & PTE_W && w->pte & PTE_D)
		e |= PTE_W;
	return e;
}

bool guest_top_is_pae(const uint8_t *memory, uint32_t bytes, gpa_t gpa)
{
	uint32_t word[8];
	unsigned present = 0;

	if (gpa & (PAGE_SIZE - 1))
		return true;
	if (gpa > bytes - sizeof(word))
		return false;
	memcpy(word, memory + gpa, sizeof(word));
	for (unsigned i = 0; i < 8; i += 2) {
		if (word[i + 1] || word[i] & TABLE_PAE_RESERVED || (word[i] && !(word[i] & PTE_P)))
			return false;
		present += word[i] & PTE_P;
	}
	return present > 0;
}

gpa_t guest_pae_directory(const struct guest_tables *t, gva_t va)
{
	uint64_t unused;
	gpa_t directory = 0;

	if (!t->is_pae || find_directory(t, va, &directory, &unused) != WALK_OK)
		return 0;
	return directory;
}
