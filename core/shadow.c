/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shadow page tables: roots, filling on demand, recycling. */
#include "core/shadow.h"

#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/shadow_pool.h"

/* What a directory entry of the shadow grants: the leaf decides. */
#define DIRECTORY_RIGHTS (PTE_P | PTE_W | PTE_U | PTE_A)
#define WINDOW_PDE       (WINDOW_BASE >> PD_SHIFT)

static bool is_shared(const struct shadow *s, uint32_t pde)
{
	return pde >= s->shared_from;
}

/* Whether the whole 1 GiB directory i belongs to the shared part. */
static bool directory_is_shared(const struct shadow *s, unsigned i)
{
	return i * PTE_ENTRIES >= s->shared_from;
}

/* A fresh directory; the last one has the window in it. */
static uint64_t *new_directory(struct guest *g, unsigned i)
{
	uint64_t *pd = shadow_page_get(&g->shadow);

	if (pd && i == 3)
		pd[WINDOW_PDE % PTE_ENTRIES] = paging_guest_window_entry(g->cpu->id);
	return pd;
}

static uint64_t *shared_directory(struct guest *g, unsigned i)
{
	struct shadow *s = &g->shadow;

	if (!s->shared_pd[i])
		s->shared_pd[i] = new_directory(g, i);
	return s->shared_pd[i];
}

/* The root's directory i, made when missing; NULL when the pool is dry. */
static uint64_t *root_directory(struct guest *g, unsigned root, unsigned i)
{
	struct shadow *s = &g->shadow;
	uint64_t *pdpt = s->pdpts[root];
	uint64_t *pd;

	if (pdpt[i] & PTE_P)
		return PTE_PAGE(pdpt[i]);
	pd = directory_is_shared(s, i) ? shared_directory(g, i) : new_directory(g, i);
	if (pd)
		pdpt[i] = (uintptr_t)pd | PTE_P;
	return pd;
}

/* The current root's entry for va's page, tables made on the way; NULL when the pool is dry. */
static uint64_t *leaf_make(struct guest *g, gva_t va)
{
	struct shadow *s = &g->shadow;
	uint64_t *pd = root_directory(g, s->current, pdpt_index(va));
	uint64_t *entry, *home, *pt;

	if (!pd)
		return NULL;
	entry = home = &pd[pd_index(va)];
	if (is_shared(s, va >> PD_SHIFT) && !(*entry & PTE_P)) {
		pd = shared_directory(g, pdpt_index(va));
		if (!pd)
			return NULL;
		home = &pd[pd_index(va)];
	}
	if (!(*home & PTE_P)) {
		pt = shadow_page_get(s);
		if (!pt)
			return NULL;
		*home = (uintptr_t)pt | DIRECTORY_RIGHTS;
		if (!is_shared(s, va >> PD_SHIFT))
			s->roots[s->current].user_tables++;
	}
	*entry = *home;
	return &PTE_PAGE(*entry)[pt_index(va)];
}

/* A root's entry for va's page if its tables exist. */
static uint64_t *leaf_find(const struct shadow *s, unsigned root, gva_t va)
{
	uint64_t e = s->pdpts[root][pdpt_index(va)];

	if (!(e & PTE_P))
		return NULL;
	e = PTE_PAGE(e)[pd_index(va)];
	return e & PTE_P ? &PTE_PAGE(e)[pt_index(va)] : NULL;
}

static void drop_table(struct shadow *s, uint64_t *entry)
{
	if (!(*entry & PTE_P))
		return;
	shadow_page_put(s, PTE_PAGE(*entry));
	*entry = 0;
	s->dropped++;
}

/* The 2 MiB at pde of the shared part: no root may keep a copy of the entry. */
static void drop_shared(struct shadow *s, uint32_t pde)
{
	unsigned i = pde / PTE_ENTRIES;
	uint64_t *pd = s->shared_pd[i];

	if (!pd || pde == WINDOW_PDE || !(pd[pde % PTE_ENTRIES] & PTE_P))
		return; /* nor do the roots have it */
	drop_table(s, &pd[pde % PTE_ENTRIES]);
	for (unsigned r = 0; r < SHADOW_ROOTS && !directory_is_shared(s, i); r++)
		if (s->roots[r].is_used && s->pdpts[r][i] & PTE_P)
			PTE_PAGE(s->pdpts[r][i])[pde % PTE_ENTRIES] = 0;
}

static void drop_user(struct shadow *s, unsigned root, uint32_t pde)
{
	uint64_t e = s->pdpts[root][pde / PTE_ENTRIES];

	if (!(e & PTE_P) || pde == WINDOW_PDE || !(PTE_PAGE(e)[pde % PTE_ENTRIES] & PTE_P))
		return;
	drop_table(s, &PTE_PAGE(e)[pde % PTE_ENTRIES]);
	s->roots[root].user_tables--;
}

/* The 2 MiB at pde of one root (SHADOW_ROOTS: of none) or, where it reaches there, of all. */
static void drop_entry(struct shadow *s, unsigned root, uint32_t pde)
{
	if (is_shared(s, pde))
		drop_shared(s, pde);
	else if (root != SHADOW_ROOTS)
		drop_user(s, root, pde);
}

static void drop_user_part(struct shadow *s, unsigned root)
{
	uint32_t end = MIN(s->shared_from, WINDOW_PDE);

	/* until none is left: many roots are flushed often, and most are empty */
	for (uint32_t pde = 0; pde < end && s->roots[root].user_tables; pde++) {
		uint64_t *pd = PTE_PAGE(s->pdpts[root][pde / PTE_ENTRIES]);

		if (!pd) {
			pde |= PTE_ENTRIES - 1;
		} else if (pd[pde % PTE_ENTRIES] & PTE_P) {
			drop_table(s, &pd[pde % PTE_ENTRIES]);
			s->roots[root].user_tables--;
		}
	}
	s->roots[root].is_stale = false;
}

static void drop_root(struct shadow *s, unsigned root)
{
	drop_user_part(s, root);
	for (unsigned i = 0; i < 4; i++) {
		if (s->pdpts[root][i] & PTE_P && !directory_is_shared(s, i))
			shadow_page_put(s, PTE_PAGE(s->pdpts[root][i]));
		s->pdpts[root][i] = 0;
	}
	s->roots[root].is_used = false;
}

static void drop_shared_part(struct shadow *s)
{
	for (uint32_t pde = s->shared_from; pde < WINDOW_PDE; pde++) {
		if (s->shared_pd[pde / PTE_ENTRIES])
			drop_shared(s, pde);
		else
			pde |= PTE_ENTRIES - 1;
	}
}

/* The pool is dry: gives up the least recently used root, else everything but the roots. */
static void recycle(struct shadow *s)
{
	unsigned victim = shadow_oldest_root(s);

	s->recycled++;
	if (victim != SHADOW_ROOTS) {
		drop_root(s, victim);
		return;
	}
	drop_user_part(s, s->current);
	drop_shared_part(s);
}

/* leaf_make() that never fails: SHADOW_POOL_MIN pages always hold what one address needs. */
static uint64_t *leaf_for(struct guest *g, gva_t va)
{
	uint64_t *leaf = leaf_make(g, va);

	while (!leaf) {
		recycle(&g->shadow);
		leaf = leaf_make(g, va);
	}
	return leaf;
}

static void make_current(struct guest *g, unsigned root)
{
	struct shadow *s = &g->shadow;

	if (s->roots[root].is_stale)
		drop_user_part(s, root);
	s->current = root;
	s->roots[root].last_used = ++s->use_clock;
	while (!root_directory(g, root, 3)) /* the window must be there before the CPU is */
		recycle(s);
	g->vcpu.cr3 = (uint32_t)(uintptr_t)s->pdpts[root];
}

static unsigned new_root(struct shadow *s, gpa_t top)
{
	unsigned r = 0;

	while (r < SHADOW_ROOTS && s->roots[r].is_used)
		r++;
	if (r == SHADOW_ROOTS) {
		r = shadow_oldest_root(s);
		drop_root(s, r);
	}
	s->roots_made++;
	s->roots[r] = (struct shadow_root){.gpa = top, .is_used = true};
	return r;
}

void shadow_init(struct guest *g, hpa_t pool, uint32_t pages)
{
	struct shadow *s = &g->shadow;

	memset(s, 0, sizeof(*s));
	s->tables = (struct guest_tables){.memory = guest_memory(g), .bytes = g->mem_bytes};
	s->is_linear = true;
	s->shared_from = WINDOW_PDE;
	shadow_pool_init(s, pool, pages);
	s->pdpts = (uint64_t(*)[4])shadow_page_get(s);
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
	*leaf_for(g, va) = (g->base + (va & PAGE_MASK)) | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	s->filled++;
	return SHADOW_FIXED;
}

static enum shadow_result stop_bad_walk(struct guest *g, gva_t va, const struct walk *w)
{
	guest_fail(g, "page table entry 0x%llx for 0x%08x %s", w->bad_entry, va,
		   w->bad_entry & PTE_PS && w->pde_gpa
			   ? "is a large page, which this interface does not have"
			   : "points to a table outside of its memory");
	return SHADOW_STOPPED;
}

enum shadow_result shadow_fault(struct guest *g, gva_t va, unsigned *error_code, uint64_t *device)
{
	struct shadow *s = &g->shadow;
	unsigned access = *error_code & (PF_WRITE | PF_USER | PF_INSTR);
	struct walk w;

	if (va >= WINDOW_BASE) {
		*error_code &= PF_WRITE | PF_USER; /* nothing is there, as far as it knows */
		return SHADOW_DENIED;
	}
	if (s->is_linear)
		return linear_fault(g, va, error_code);
	w = guest_walk(&s->tables, va);
	if (w.status == WALK_BAD)
		return stop_bad_walk(g, va, &w);
	if (!walk_permits(&w, access)) {
		*error_code = walk_error_code(&w, access);
		return SHADOW_DENIED;
	}
	if (w.page >= g->mem_bytes) {
		*device = w.page + (va & ~PAGE_MASK);
		return SHADOW_DEVICE;
	}
	walk_mark(&s->tables, &w, access & PF_WRITE);
	*leaf_for(g, va) = walk_shadow_entry(&w, g->base + (hpa_t)w.page, paging_nx());
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
			drop_root(s, r);
	drop_shared_part(s);
	shadow_set_kernel_address(g, g->kernel_address);
	s->is_linear = s->format_is_ours = false;
	s->tables.is_pae = is_pae;
}

void shadow_new_top(struct guest *g, gpa_t top)
{
	struct shadow *s = &g->shadow;
	bool is_first = s->is_linear || s->format_is_ours;
	bool is_pae = is_first ? guest_top_is_pae(s->tables.memory, s->tables.bytes, top)
			       : s->tables.is_pae;
	unsigned root;

	if (!top_is_valid(g, top, is_pae))
		return;
	if (is_first)
		adopt_format(g, is_pae);
	s->tables.top = top;
	root = shadow_find_root(s, top);
	make_current(g, root == SHADOW_ROOTS ? new_root(s, top) : root);
	shadow_pin_stack(g);
}

/* An entry the guest changed: the shadow follows at once if nothing is left to be tracked. */
static void refresh_leaf(struct guest *g, uint64_t *leaf, gpa_t top, gva_t va, uint64_t entry)
{
	struct shadow *s = &g->shadow;
	struct guest_tables t = s->tables;
	struct walk w;

	*leaf = 0;
	if ((entry & (PTE_P | PTE_A)) != (PTE_P | PTE_A))
		return;
	t.top = top;
	w = guest_walk(&t, va);
	if (w.status == WALK_OK && w.page < g->mem_bytes && w.pte & PTE_A)
		*leaf = walk_shadow_entry(&w, g->base + (hpa_t)w.page, paging_nx());
}

/* Shared tables outlive the roots that use them: the entry itself is cleared, not a root's view. */
static void set_kernel_pte(struct shadow *s, gva_t va)
{
	uint32_t pde = va >> PD_SHIFT;
	const uint64_t *pd = s->shared_pd[pde / PTE_ENTRIES];
	uint64_t *leaf;

	if (is_shared(s, pde)) {
		if (pd && pd[pde % PTE_ENTRIES] & PTE_P)
			PTE_PAGE(pd[pde % PTE_ENTRIES])[pt_index(va)] = 0;
		return;
	}
	/* the piece of a 2 MiB unit that kernel_address cuts: every root has its own */
	for (unsigned r = 0; r < SHADOW_ROOTS; r++) {
		leaf = s->roots[r].is_used ? leaf_find(s, r, va) : NULL;
		if (leaf)
			*leaf = 0;
	}
}

void shadow_set_pte(struct guest *g, gpa_t top, gva_t va, uint64_t entry)
{
	struct shadow *s = &g->shadow;
	unsigned root;
	uint64_t *leaf;

	if (s->is_linear || va >= WINDOW_BASE)
		return;
	if (va < g->kernel_address) {
		root = s->tables.top == top ? s->current : shadow_find_root(s, top);
		if (root == SHADOW_ROOTS)
			return; /* not shadowed: nothing to correct */
		leaf = leaf_find(s, root, va);
		if (leaf)
			refresh_leaf(g, leaf, top, va, entry);
		return;
	}
	set_kernel_pte(s, va);
}

void shadow_set_top_entry(struct guest *g, gpa_t top, uint32_t index)
{
	struct shadow *s = &g->shadow;
	uint32_t per =
		s->tables.is_pae ? PTE_ENTRIES : 2; /* shadow entries to one of the guest's */
	uint32_t limit = s->tables.is_pae ? 4 : 1024;
	unsigned root = shadow_find_root(s, top);

	if (s->is_linear)
		return;
	if (index >= limit) {
		guest_fail(g, "SET_PGD index %u: the table has %u entries", index, limit);
		return;
	}
	/* the kernel's part is everybody's, whichever table it was changed in */
	for (uint32_t pde = index * per; pde < (index + 1) * per; pde++)
		drop_entry(s, root, pde);
}

void shadow_set_pmd(struct guest *g, gpa_t directory, uint32_t index)
{
	struct shadow *s = &g->shadow;
	struct guest_tables t = s->tables;

	if (s->is_linear || !t.is_pae)
		return;
	if (index >= PTE_ENTRIES) {
		guest_fail(g, "SET_PMD index %u: a directory has entries 0 to 511", index);
		return;
	}
	for (unsigned r = 0; r < SHADOW_ROOTS; r++) {
		if (!s->roots[r].is_used)
			continue;
		t.top = s->roots[r].gpa;
		for (uint32_t i = 0; i < 4; i++)
			if (guest_pae_directory(&t, i << PDPT_SHIFT) == (directory & PAGE_MASK))
				drop_entry(s, r, i * PTE_ENTRIES + index);
	}
}

void shadow_flush_user(struct guest *g)
{
	if (g->shadow.is_linear)
		return;
	g->shadow.flushes++;
	drop_user_part(&g->shadow, g->shadow.current);
	shadow_pin_stack(g);
}

/* The other roots are flushed when their turn comes: one call stays short (design section 3). */
void shadow_flush_all(struct guest *g)
{
	struct shadow *s = &g->shadow;

	if (s->is_linear)
		return;
	s->flushes++;
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		s->roots[r].is_stale = s->roots[r].user_tables != 0;
	drop_user_part(s, s->current);
	drop_shared_part(s);
	shadow_pin_stack(g);
}

void shadow_pin_stack(struct guest *g)
{
	const struct shadow *s = &g->shadow;

	for (uint32_t i = 0; i < g->stack_pages && !s->is_linear; i++) {
		gva_t va = g->vcpu.esp1 - 1 - i * PAGE_SIZE;
		const uint64_t *leaf = leaf_find(s, s->current, va);
		unsigned error_code = PF_WRITE;
		uint64_t unused;
		struct walk w;

		if (va >= WINDOW_BASE || (leaf && *leaf & PTE_W))
			continue;
		w = guest_walk(&s->tables, va);
		if (walk_permits(&w, PF_WRITE) && w.page < g->mem_bytes)
			shadow_fault(g, va, &error_code, &unused);
	}
}
