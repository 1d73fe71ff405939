/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shadow page tables: roots, filling on demand, recycling. */
#include "core/shadow.h"

#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/shadow_blocks.h"
#include "core/shadow_pool.h"
#include "core/shadow_tables.h"

#define WINDOW_PDE (WINDOW_BASE >> PD_SHIFT)

/* The pool is dry: gives up the least recently used root, else everything but the roots. */
static void recycle(struct shadow *s)
{
	unsigned victim = shadow_oldest_root(s);

	s->recycled++;
	if (victim != SHADOW_ROOTS) {
		shadow_drop_root(s, victim);
		return;
	}
	shadow_drop_tables(s, s->current);
	shadow_drop_tables(s, SHADOW_SHARED);
}

static void make_current(struct guest *g, unsigned root)
{
	struct shadow *s = &g->shadow;
	unsigned budget = SHADOW_RESYNC_BUDGET;

	s->current = root;
	if (unlikely(s->roots_with_old && s->roots_with_old >> root & 1))
		shadow_forget_copies(s, root);
	s->roots[root].last_used = ++s->use_clock;
	if (unlikely(s->roots[root].flushes_seen != s->flush_alls)) {
		s->roots[root].flushes_seen = s->flush_alls;
		shadow_resync(g, root, &budget);
	}
	/* the window must be there before the CPU is */
	while (unlikely(!(s->pdpts[root][3] & PTE_P)) && !shadow_directory(g, root, 3))
		recycle(s);
	g->vcpu.state.guest_cr3 = (uint32_t)(uintptr_t)s->pdpts[root];
}

static unsigned new_root(struct shadow *s, gpa_t top)
{
	unsigned r = 0;

	while (r < SHADOW_ROOTS && s->roots[r].is_used)
		r++;
	if (r == SHADOW_ROOTS) {
		r = shadow_oldest_root(s);
		shadow_drop_root(s, r);
	}
	s->roots_end = MAX(s->roots_end, r + 1);
	s->no_root = ~0u; /* none: tops are aligned */
	s->roots_made++;
	s->roots[r] =
		(struct shadow_root){.gpa = top, .is_used = true, .flushes_seen = s->flush_alls};
	return r;
}

void shadow_init(struct guest *g, hpa_t pool, uint32_t pages)
{
	struct shadow *s = &g->shadow;

	memset(s, 0, sizeof(*s));
	s->last.pde = SHADOW_NO_PDE;
	s->tables = (struct guest_tables){.memory = guest_memory(g), .bytes = g->mem_bytes};
	s->is_linear = true;
	s->nx = (uint32_t)(paging_nx() >> 32);
	s->shared_from = WINDOW_PDE;
	shadow_pool_init(s, pool, pages);
	s->pdpts = (uint64_t(*)[4])shadow_page_get(s);
	fast_init(g, shadow_page_get(s));
	make_current(g, new_root(s, 0));
}

void shadow_set_kernel_address(struct guest *g, gva_t kernel_address)
{
	g->shadow.shared_from =
		MIN((uint32_t)(((uint64_t)kernel_address + PD_BYTES - 1) >> PD_SHIFT), WINDOW_PDE);
}

static enum shadow_result linear_fault(struct guest *g, gva_t va, unsigned *error_code)
{
	struct shadow *s = &g->shadow;

	if (va >= g->mem_bytes) {
		*error_code &= PF_WRITE | PF_USER;
		return SHADOW_DENIED;
	}
	/* SHADOW_POOL_MIN pages always hold what one address needs */
	while (!shadow_map_linear(g, va, g->base + (va & PAGE_MASK)))
		recycle(s);
	s->filled++;
	return SHADOW_FIXED;
}

/* The guest's own tables lead to no page table for va: its page fault, or its end. */
static enum shadow_result no_table(struct guest *g, gva_t va, unsigned *error_code)
{
	struct walk w = guest_walk(&g->shadow.tables, va);

	*error_code = walk_error_code(&w, *error_code);
	if (w.status != WALK_BAD)
		return SHADOW_DENIED;
	guest_fail(g, "page table entry 0x%llx for 0x%08x %s", w.bad_entry, va,
		   w.bad_entry & PTE_PS && w.pde_gpa
			   ? "is a large page, which this interface does not have"
			   : "points to a table outside of its memory");
	return SHADOW_STOPPED;
}

/* The guest's two entries that lead to a page. */
struct entries {
	uint64_t pde, pte;
	gpa_t pte_gpa;
};

/* walk_permits() and walk_error_code(), for every page fault. */
static inline bool permits(const struct entries *e, unsigned *error_code)
{
	unsigned access = *error_code & (PF_WRITE | PF_USER), fetch = *error_code & PF_INSTR;
	uint32_t granted = (uint32_t)e->pde & (uint32_t)e->pte;
	bool no_exec = (e->pde | e->pte) >> 63;

	_Static_assert(PF_WRITE == PTE_W && PF_USER == PTE_U && PF_PRESENT == PTE_P, "");
	if (!((access | PF_PRESENT) & ~granted) && !(fetch && no_exec))
		return true;
	*error_code = access;
	if (e->pte & PTE_P)
		*error_code |= no_exec ? PF_PRESENT | fetch : PF_PRESENT;
	return false;
}

/* The guest's entries are accessed, its own for a write dirty. */
static void mark(const struct guest_tables *t, gva_t va, const struct entries *e, bool is_write)
{
	uint8_t bits = (uint8_t)(is_write ? PTE_A | PTE_D : PTE_A);
	struct walk w;

	if (~e->pte & bits)
		t->memory[e->pte_gpa] |= bits;
	if (likely(e->pde & PTE_A))
		return;
	w = guest_walk(t, va);
	walk_mark(t, &w, is_write);
}

enum shadow_result shadow_fault(struct guest *g, gva_t va, unsigned *error_code, uint64_t *device)
{
	struct shadow *s = &g->shadow;
	bool is_write = *error_code & PF_WRITE;
	struct entries e;

	if (va >= WINDOW_BASE) {
		*error_code &= PF_WRITE | PF_USER; /* nothing is there, as far as it knows */
		return SHADOW_DENIED;
	}
	if (s->is_linear)
		return linear_fault(g, va, error_code);
	if (!guest_walk_table(&s->tables, va, &e.pde, &e.pte_gpa))
		return no_table(g, va, error_code);
	fast_note_table(g, e.pte_gpa);
	e.pte = guest_read_entry(&s->tables, e.pte_gpa);
	if (!permits(&e, error_code))
		return SHADOW_DENIED;
	if ((e.pte & PTE_ADDR) >= g->mem_bytes) {
		*device = (e.pte & PTE_ADDR) + (va & ~PAGE_MASK);
		return SHADOW_DEVICE;
	}
	mark(&s->tables, va, &e, is_write);
	while (!shadow_map(g, va, e.pde, e.pte_gpa))
		recycle(s);
	s->filled++;
	return SHADOW_FIXED;
}

static bool top_is_valid(struct guest *g, gpa_t top, bool is_pae)
{
	uint32_t bytes = is_pae ? 32 : PAGE_SIZE;

	if (!(top & (bytes - 1)) && guest_ram(g, top, bytes))
		return true;
	guest_fail(g, "page table at 0x%08x: must be %u-byte aligned and within 0x%08x", top, bytes,
		   g->mem_bytes);
	return false;
}

/* The guest's first own table tells the format; nothing of what was before it counts. */
static void adopt_format(struct guest *g, bool is_pae)
{
	struct shadow *s = &g->shadow;

	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		if (s->roots[r].is_used)
			shadow_drop_root(s, r);
	shadow_drop_tables(s, SHADOW_SHARED);
	shadow_set_kernel_address(g, g->kernel_address);
	s->is_linear = s->format_is_ours = false;
	s->tables.is_pae = is_pae;
}

/* A top that is not known; SHADOW_ROOTS: it is none. */
static unsigned adopt_top(struct guest *g, gpa_t top)
{
	struct shadow *s = &g->shadow;
	bool is_first = s->is_linear || s->format_is_ours;
	bool is_pae = is_first ? guest_top_is_pae(s->tables.memory, s->tables.bytes, top)
			       : s->tables.is_pae;

	if (!top_is_valid(g, top, is_pae))
		return SHADOW_ROOTS;
	if (is_first)
		adopt_format(g, is_pae);
	return new_root(s, top);
}

/* All roots have the same of it, as of the kernel. */
static bool stack_is_shared(const struct guest *g)
{
	gva_t low = g->vcpu.state.tss.esp1 - 1 - PAGE_SIZE;

	return shadow_is_shared(&g->shadow, low >> PD_SHIFT);
}

void shadow_new_top(struct guest *g, gpa_t top)
{
	struct shadow *s = &g->shadow;
	unsigned root = SHADOW_ROOTS;

	if (likely(!s->is_linear && !s->format_is_ours))
		root = shadow_find_root(s, top);
	if (root == SHADOW_ROOTS)
		root = adopt_top(g, top);
	if (root == SHADOW_ROOTS)
		return;
	s->tables.top = top;
	make_current(g, root);
	fast_set_top(g);
	if (!stack_is_shared(g))
		shadow_pin_stack(g);
}

/* The piece of a 2 MiB unit that kernel_address cuts: every root has its own. */
static void refresh_in_all_roots(struct guest *g, gva_t va)
{
	const struct shadow *s = &g->shadow;

	for (unsigned r = 0; r < s->roots_end; r++)
		if (s->roots[r].is_used)
			shadow_refresh(g, r, s->roots[r].gpa, va);
}

static NOINLINE void set_pte_anywhere(struct guest *g, gpa_t top, gva_t va)
{
	struct shadow *s = &g->shadow;
	unsigned owner = SHADOW_SHARED;
	struct shadow_table *t;

	if (s->is_linear || va >= WINDOW_BASE)
		return;
	if (!shadow_is_shared(s, va >> PD_SHIFT)) {
		if (va >= g->kernel_address) {
			refresh_in_all_roots(g, va);
			return;
		}
		owner = s->tables.top == top ? s->current : shadow_find_root(s, top);
		if (owner == SHADOW_ROOTS)
			return;
	}
	t = shadow_refresh(g, owner, owner == SHADOW_SHARED ? s->tables.top : top, va);
	/* where the kernel's address cuts a table, there is more to it */
	if (t && (owner == SHADOW_SHARED || va >> PD_SHIFT != g->kernel_address >> PD_SHIFT))
		s->last = (struct shadow_place){top, va >> PD_SHIFT, t};
}

void shadow_set_pte(struct guest *g, gpa_t top, gva_t va)
{
	const struct shadow_place *last = &g->shadow.last;

	if (likely(last->pde == va >> PD_SHIFT && last->top == top))
		shadow_entry_refresh(g, last->table, pt_index(va));
	else
		set_pte_anywhere(g, top, va);
}

/* The 2 MiB at pde of one root (SHADOW_ROOTS: of none) or, where it reaches there, of all. */
static void drop_entry(struct shadow *s, unsigned root, uint32_t pde)
{
	if (shadow_is_shared(s, pde))
		shadow_drop_table(s, SHADOW_SHARED, pde);
	else if (root != SHADOW_ROOTS)
		shadow_drop_table(s, root, pde);
}

void shadow_set_top_entry(struct guest *g, gpa_t top, uint32_t index)
{
	struct shadow *s = &g->shadow;
	uint32_t limit = s->tables.is_pae ? 4 : 1024;
	unsigned root = shadow_find_root(s, top);

	if (s->is_linear)
		return;
	if (index >= limit) {
		guest_fail(g, "SET_PGD index %u: the table has %u entries", index, limit);
		return;
	}
	/* the kernel's part is everybody's, whichever table it was changed in */
	if (!s->tables.is_pae) {
		drop_entry(s, root, index * 2);
		drop_entry(s, root, index * 2 + 1);
		return;
	}
	fast_set_top(g);
	if ((index + 1) * PTE_ENTRIES > s->shared_from)
		shadow_drop_directory(s, SHADOW_SHARED, index);
	if (root != SHADOW_ROOTS && !shadow_directory_is_shared(s, index))
		shadow_drop_directory(s, root, index);
}

/* Which of the four directories of that top it is, one bit each. */
static unsigned directories_at(const struct shadow *s, gpa_t top, gpa_t directory)
{
	unsigned found = 0;
	uint32_t entry;

	for (unsigned i = 0; i < 4; i++) {
		memcpy(&entry, s->tables.memory + top + i * 8, sizeof(entry));
		if (entry & PTE_P && (entry & PAGE_MASK) == directory)
			found |= 1u << i;
	}
	return found;
}

void shadow_set_pmd(struct guest *g, gpa_t directory, uint32_t index)
{
	struct shadow *s = &g->shadow;
	unsigned found, all = 0;

	if (s->is_linear || !s->tables.is_pae)
		return;
	if (index >= PTE_ENTRIES) {
		guest_fail(g, "SET_PMD index %u: a directory has entries 0 to 511", index);
		return;
	}
	for (unsigned r = 0; r < s->roots_end; r++) {
		if (!s->roots[r].is_used)
			continue;
		found = directories_at(s, s->roots[r].gpa, directory & PAGE_MASK);
		all |= found;
		for (unsigned i = 0; found >> i; i++)
			if (found >> i & 1)
				drop_entry(s, r, i * PTE_ENTRIES + index);
	}
	/* of a top that has no root: what it shares lies in the GiB that the kernel's address cuts
	 */
	if (!all)
		drop_entry(s, SHADOW_ROOTS, ALIGN_DOWN(s->shared_from, PTE_ENTRIES) + index);
}

void shadow_flush_user(struct guest *g)
{
	unsigned budget = SHADOW_RESYNC_BUDGET;

	if (g->shadow.is_linear)
		return;
	g->shadow.flushes++;
	fast_set_top(g);
	shadow_resync(g, g->shadow.current, &budget);
	if (!stack_is_shared(g))
		shadow_pin_stack(g);
}

/* The other roots are compared when their turn comes: one call stays short (design section 3). */
void shadow_flush_all(struct guest *g)
{
	struct shadow *s = &g->shadow;
	unsigned budget = SHADOW_RESYNC_BUDGET;

	if (s->is_linear)
		return;
	s->flushes++;
	fast_set_top(g);
	s->roots[s->current].flushes_seen = ++s->flush_alls;
	shadow_resync(g, s->current, &budget);
	shadow_resync(g, SHADOW_SHARED, &budget);
	shadow_pin_stack(g);
}

static NOINLINE void pin_page(struct guest *g, gva_t va)
{
	const struct shadow *s = &g->shadow;
	unsigned error_code = PF_WRITE;
	uint64_t unused;
	struct walk w;

	if (va >= WINDOW_BASE || s->is_linear)
		return;
	w = guest_walk(&s->tables, va);
	if (walk_permits(&w, PF_WRITE) && w.page < g->mem_bytes)
		shadow_fault(g, va, &error_code, &unused);
}

void shadow_pin_stack(struct guest *g)
{
	const struct shadow *s = &g->shadow;
	gva_t va = g->vcpu.state.tss.esp1 - 1;

	for (uint32_t left = g->stack_pages; left; left--, va -= PAGE_SIZE) {
		const uint64_t *leaf = shadow_leaf(s, s->current, va);

		if (unlikely(!leaf || !(*leaf & PTE_W)))
			pin_page(g, va);
	}
}
