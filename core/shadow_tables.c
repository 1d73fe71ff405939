/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page tables of a shadow: making, filling, comparing with the guest's, dropping. */
#include "core/shadow_tables.h"

#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/shadow_pool.h"

/* What a directory entry of the shadow grants: the leaf decides. */
#define DIRECTORY_RIGHTS (PTE_P | PTE_W | PTE_U | PTE_A)
#define WINDOW_PDE       (WINDOW_BASE >> PD_SHIFT)
/* Entries tried with the one that is needed, all in one such block: 64 KiB of the guest. */
#define AROUND 16u

/* One guest page table, as far as one shadow table covers it, ready to be read. */
struct source {
	const uint8_t *entries; /* 512 of them */
	bool is_pae;
	uint32_t rights;  /* PTE_W, PTE_U as the upper level grants them */
	uint32_t no_exec; /* the upper half of PTE_NX, if the upper level has it and the CPU */
	uint32_t nx;      /* the same, if the CPU has it */
	uint32_t base, bytes;
};

static struct shadow_table *table_of(const struct shadow *s, const uint64_t *page)
{
	return &s->tables_of[((uintptr_t)page - s->pool) >> PAGE_SHIFT];
}

static uint64_t *page_of(const struct shadow *s, const struct shadow_table *t)
{
	return (uint64_t *)(uintptr_t)(s->pool + ((uint32_t)(t - s->tables_of) << PAGE_SHIFT));
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

uint64_t *shadow_directory(struct guest *g, unsigned root, unsigned i)
{
	struct shadow *s = &g->shadow;
	uint64_t *pdpt = s->pdpts[root];
	uint64_t *pd;

	if (pdpt[i] & PTE_P)
		return PTE_PAGE(pdpt[i]);
	pd = shadow_directory_is_shared(s, i) ? shared_directory(g, i) : new_directory(g, i);
	if (pd)
		pdpt[i] = (uintptr_t)pd | PTE_P;
	return pd;
}

/* The directory that holds the owner's own entry for pde; NULL if it was never made. */
static uint64_t *home_of(const struct shadow *s, unsigned owner, uint32_t pde)
{
	unsigned i = pde / PTE_ENTRIES;
	uint64_t *pd = owner == SHADOW_SHARED ? s->shared_pd[i] : PTE_PAGE(s->pdpts[owner][i]);

	return pd ? &pd[pde % PTE_ENTRIES] : NULL;
}

uint64_t *shadow_leaf(const struct shadow *s, unsigned root, gva_t va)
{
	uint64_t e = s->pdpts[root][pdpt_index(va)];

	if (!(e & PTE_P))
		return NULL;
	e = PTE_PAGE(e)[pd_index(va)];
	return e & PTE_P ? &PTE_PAGE(e)[pt_index(va)] : NULL;
}

/* ---- entries ---- */

static bool is_filled(const struct shadow_table *t, unsigned i)
{
	return t->filled[i / 32] >> i % 32 & 1;
}

static void set_entry(struct shadow_table *t, uint64_t *page, unsigned i, uint64_t e)
{
	page[i] = e;
	if (e)
		t->filled[i / 32] |= 1u << i % 32;
	else
		t->filled[i / 32] &= ~(1u << i % 32);
}

/*
 * What walk_shadow_entry() says of the guest's entry i, but 0 if the guest has not touched the
 * page, or it is no memory. In 32-bit halves: it is done for every entry of a table.
 */
static uint64_t entry_from(const struct source *from, unsigned i)
{
	uint32_t low, high = 0, e;

	if (from->is_pae) {
		memcpy(&low, from->entries + i * 8, 4);
		memcpy(&high, from->entries + i * 8 + 4, 4);
	} else {
		memcpy(&low, from->entries + i * 4, 4);
	}
	if ((low & (PTE_P | PTE_A)) != (PTE_P | PTE_A))
		return 0;
	if ((low & PAGE_MASK) >= from->bytes || high & (uint32_t)(PTE_ADDR >> 32))
		return 0;
	e = (from->base + (low & PAGE_MASK)) | PTE_P | PTE_A | (low & from->rights & PTE_U);
	if (low & from->rights & PTE_W && low & PTE_D)
		e |= PTE_W | PTE_D;
	return (uint64_t)((high & from->nx) | from->no_exec) << 32 | e;
}

/* The guest's page table for the 2 MiB at va, as pde in its directory leads there. */
static struct source source_of(const struct guest *g, uint64_t pde, gpa_t entries)
{
	const struct shadow *s = &g->shadow;
	uint32_t nx = (uint32_t)(paging_nx() >> 32);

	return (struct source){
		.entries = s->tables.memory + entries,
		.is_pae = s->tables.is_pae,
		.rights = pde & (PTE_W | PTE_U),
		.no_exec = (uint32_t)(pde >> 32) & nx,
		.nx = nx,
		.base = g->base,
		.bytes = g->mem_bytes,
	};
}

/* Where the first entry lies that t covers, of the table with va's entry at pte_gpa. */
static gpa_t first_entry(const struct shadow *s, gpa_t pte_gpa, gva_t va)
{
	return pte_gpa - pt_index(va) * (s->tables.is_pae ? 8 : 4);
}

/* ---- tables ---- */

static void link_table(struct shadow *s, struct shadow_table *t, unsigned owner)
{
	uint32_t n = (uint32_t)(t - s->tables_of);

	t->next = s->first_table[owner];
	t->previous = 0;
	if (t->next)
		s->tables_of[t->next].previous = n;
	s->first_table[owner] = n;
	if (owner != SHADOW_SHARED)
		s->roots[owner].user_tables++;
}

static void unlink_table(struct shadow *s, struct shadow_table *t, unsigned owner)
{
	if (t->previous)
		s->tables_of[t->previous].next = t->next;
	else
		s->first_table[owner] = t->next;
	if (t->next)
		s->tables_of[t->next].previous = t->previous;
	if (owner != SHADOW_SHARED)
		s->roots[owner].user_tables--;
}

/* No directory leads to it any more. */
static void take_out(struct shadow *s, unsigned owner, uint32_t pde)
{
	unsigned i = pde / PTE_ENTRIES;

	*home_of(s, owner, pde) = 0;
	if (owner != SHADOW_SHARED || shadow_directory_is_shared(s, i))
		return;
	/* the roots have copies of the entry */
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		if (s->roots[r].is_used && s->pdpts[r][i] & PTE_P)
			PTE_PAGE(s->pdpts[r][i])[pde % PTE_ENTRIES] = 0;
}

/* Pages go back without anything in them. */
static void drop(struct shadow *s, unsigned owner, struct shadow_table *t)
{
	uint64_t *page = page_of(s, t);

	if (!t->is_stale)
		take_out(s, owner, t->pde);
	for (unsigned word = 0; word < ARRAY_SIZE(t->filled); word++)
		for (; t->filled[word]; t->filled[word] &= t->filled[word] - 1)
			page[word * 32 + (unsigned)__builtin_ctz(t->filled[word])] = 0;
	unlink_table(s, t, owner);
	shadow_page_put(s, page);
	s->dropped++;
}

static struct shadow_table *find_table(const struct shadow *s, unsigned owner, uint32_t pde)
{
	const uint64_t *home = home_of(s, owner, pde);
	uint32_t n = s->first_table[owner];

	if (home && *home & PTE_P)
		return table_of(s, PTE_PAGE(*home));
	while (n && s->tables_of[n].pde != pde)
		n = s->tables_of[n].next;
	return n ? &s->tables_of[n] : NULL;
}

void shadow_drop_table(struct shadow *s, unsigned owner, uint32_t pde)
{
	struct shadow_table *t = pde < WINDOW_PDE ? find_table(s, owner, pde) : NULL;

	if (t)
		drop(s, owner, t);
}

void shadow_drop_tables(struct shadow *s, unsigned owner)
{
	while (s->first_table[owner])
		drop(s, owner, &s->tables_of[s->first_table[owner]]);
}

void shadow_drop_root(struct shadow *s, unsigned root)
{
	shadow_drop_tables(s, root);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t *pd = PTE_PAGE(s->pdpts[root][i]);

		s->pdpts[root][i] = 0;
		if (!pd || shadow_directory_is_shared(s, i))
			continue;
		/* its own entries went with their tables: copies of shared ones may be left */
		if ((i + 1) * PTE_ENTRIES > s->shared_from)
			memset(pd, 0, PAGE_SIZE);
		shadow_page_put(s, pd);
	}
	s->roots[root].is_used = false;
}

/*
 * The table again as the guest's says, for what it has mapped. Returns the
 * entries looked at; 0: the guest's directory leads elsewhere now.
 */
static unsigned compare(struct guest *g, struct shadow_table *t)
{
	struct shadow *s = &g->shadow;
	gva_t va = (gva_t)t->pde << PD_SHIFT;
	struct walk w = guest_walk(&s->tables, va);
	uint64_t *page = page_of(s, t), e;
	unsigned looked_at = 1;
	struct source from;

	if (!w.pte_gpa || w.pte_gpa != t->entries)
		return 0;
	from = source_of(g, w.pde, t->entries);
	for (unsigned word = 0; word < ARRAY_SIZE(t->filled); word++) {
		for (uint32_t left = t->filled[word]; left; left &= left - 1) {
			unsigned i = word * 32 + (unsigned)__builtin_ctz(left);

			looked_at++;
			e = entry_from(&from, i);
			if (e != page[i])
				set_entry(t, page, i, e);
		}
	}
	return looked_at;
}

void shadow_resync(struct guest *g, unsigned owner, unsigned *budget)
{
	struct shadow *s = &g->shadow;
	uint32_t n, next;

	for (n = s->first_table[owner]; n; n = next) {
		struct shadow_table *t = &s->tables_of[n];
		unsigned looked_at;

		next = t->next;
		if (t->is_stale)
			continue;
		if (*budget == 0) {
			take_out(s, owner, t->pde);
			t->is_stale = true;
			continue;
		}
		looked_at = compare(g, t);
		if (!looked_at)
			drop(s, owner, t);
		*budget -= MIN(looked_at, *budget);
	}
}

/* The owner's table at pde, compared if it is stale; a new one; NULL if the pool is dry. */
static struct shadow_table *table_for(struct guest *g, unsigned owner, uint32_t pde)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = find_table(s, owner, pde);
	uint64_t *page;

	if (t && t->is_stale && !compare(g, t)) {
		drop(s, owner, t);
		t = NULL;
	}
	if (!t) {
		page = shadow_page_get(s);
		if (!page)
			return NULL;
		t = table_of(s, page);
		*t = (struct shadow_table){.pde = (uint16_t)pde};
		link_table(s, t, owner);
	}
	return t;
}

/* The current root's table for va, linked into all directories on the way. */
static struct shadow_table *table_in_use(struct guest *g, gva_t va)
{
	struct shadow *s = &g->shadow;
	unsigned i = pdpt_index(va), owner = shadow_owner(s, s->current, va);
	uint64_t *pd = shadow_directory(g, s->current, i), *home = pd;
	struct shadow_table *t;

	if (owner == SHADOW_SHARED && pd)
		home = shared_directory(g, i);
	if (!home || !pd)
		return NULL;
	if (home[pd_index(va)] & PTE_P) {
		t = table_of(s, PTE_PAGE(home[pd_index(va)]));
	} else {
		t = table_for(g, owner, va >> PD_SHIFT);
		if (!t)
			return NULL;
		t->is_stale = false;
		home[pd_index(va)] = (uintptr_t)page_of(s, t) | DIRECTORY_RIGHTS;
	}
	pd[pd_index(va)] = home[pd_index(va)];
	return t;
}

bool shadow_map_linear(struct guest *g, gva_t va, hpa_t hpa)
{
	struct shadow_table *t = table_in_use(g, va);

	if (!t)
		return false;
	set_entry(t, page_of(&g->shadow, t), pt_index(va),
		  hpa | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D);
	return true;
}

bool shadow_map(struct guest *g, gva_t va, const struct walk *w)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = table_in_use(g, va);
	unsigned first = pt_index(va) & ~(AROUND - 1);
	uint64_t *page;
	struct source from;

	if (!t)
		return false;
	page = page_of(s, t);
	t->entries = first_entry(s, w->pte_gpa, va);
	set_entry(t, page, pt_index(va),
		  walk_shadow_entry(w, g->base + (hpa_t)w->page, paging_nx()));
	from = source_of(g, w->pde, t->entries);
	for (unsigned i = first; i < first + AROUND; i++)
		if (!is_filled(t, i))
			set_entry(t, page, i, entry_from(&from, i));
	return true;
}

void shadow_refresh(struct guest *g, unsigned owner, gpa_t top, gva_t va)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = find_table(s, owner, va >> PD_SHIFT);
	struct guest_tables tables = s->tables;
	uint64_t e = 0;
	struct walk w;

	if (!t)
		return;
	tables.top = top;
	w = guest_walk(&tables, va);
	if (w.status == WALK_OK && w.page < g->mem_bytes && w.pte & PTE_A) {
		t->entries = first_entry(s, w.pte_gpa, va);
		e = walk_shadow_entry(&w, g->base + (hpa_t)w.page, paging_nx());
	}
	set_entry(t, page_of(s, t), pt_index(va), e);
}
