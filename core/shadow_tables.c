/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page tables of a shadow: making, linking, comparing with the guest's, dropping. */
#include "core/shadow_tables.h"

#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/shadow_blocks.h"
#include "core/shadow_pool.h"

/* What a directory entry of the shadow grants: the leaf decides. */
#define DIRECTORY_RIGHTS (PTE_P | PTE_W | PTE_U | PTE_A)
#define WINDOW_PDE       (WINDOW_BASE >> PD_SHIFT)

/* The directory that holds the owner's own entry for pde; NULL if it was never made. */
static inline uint64_t *home_of(const struct shadow *s, unsigned owner, uint32_t pde)
{
	unsigned i = pde / PTE_ENTRIES;
	uint64_t *pd = owner == SHADOW_SHARED ? s->shared_pd[i] : PTE_PAGE(s->pdpts[owner][i]);

	return pd ? &pd[pde % PTE_ENTRIES] : NULL;
}

/* The table that the CPU finds for va in the root; NULL for none. */
static inline uint64_t *linked_page(const struct shadow *s, unsigned root, gva_t va)
{
	uint32_t e = (uint32_t)s->pdpts[root][pdpt_index(va)];

	if (!(e & PTE_P))
		return NULL;
	e = (uint32_t)PTE_PAGE(e)[pd_index(va)];
	return e & PTE_P ? PTE_PAGE(e) : NULL;
}

uint64_t *shadow_leaf(const struct shadow *s, unsigned root, gva_t va)
{
	uint64_t *page = linked_page(s, root, va);

	return page ? &page[pt_index(va)] : NULL;
}

static void link_table(struct shadow *s, struct shadow_table *t, unsigned owner)
{
	uint32_t n = (uint32_t)(t - s->tables_of);

	t->next = (uint16_t)s->first_table[owner];
	t->previous = 0;
	if (t->next)
		s->tables_of[t->next].previous = (uint16_t)n;
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
static inline void take_out(struct shadow *s, unsigned owner, uint32_t pde)
{
	uint64_t *home = home_of(s, owner, pde);
	unsigned i = pde / PTE_ENTRIES;

	s->last.pde = SHADOW_NO_PDE;
	if (home)
		*home = 0;
	if (owner != SHADOW_SHARED || shadow_directory_is_shared(s, i))
		return;
	/* the roots have copies of the entry: those of the others go before they are current */
	s->roots_with_old = ~(1ull << s->current);
	if (s->pdpts[s->current][i] & PTE_P)
		PTE_PAGE(s->pdpts[s->current][i])[pde % PTE_ENTRIES] = 0;
}

void shadow_forget_copies(struct shadow *s, unsigned root)
{
	unsigned i = s->shared_from / PTE_ENTRIES, first = s->shared_from % PTE_ENTRIES;
	unsigned end = i == 3 ? WINDOW_PDE % PTE_ENTRIES : PTE_ENTRIES;

	s->roots_with_old &= ~(1ull << root);
	if (first && s->pdpts[root][i] & PTE_P)
		memset(PTE_PAGE(s->pdpts[root][i]) + first, 0, (end - first) * 8);
}

/* Its pages are free; they are cleared when they are needed. */
static void drop(struct shadow *s, unsigned owner, struct shadow_table *t)
{
	if (likely(!t->is_stale))
		take_out(s, owner, t->pde);
	else
		s->stale_tables--;
	unlink_table(s, t, owner);
	t->next = (uint16_t)s->first_dropped;
	s->first_dropped = (uint32_t)(t - s->tables_of);
	s->free_pages += 2;
	s->dropped++;
}

/* A table that was dropped, all 0; its copy holds anything. NULL: there is none. */
static struct shadow_table *take_dropped(struct shadow *s)
{
	struct shadow_table *t = &s->tables_of[s->first_dropped];

	if (!s->first_dropped)
		return NULL;
	s->first_dropped = t->next;
	s->free_pages -= 2;
	shadow_blocks_clear(t);
	return t;
}

/* A page that is all 0; NULL: the pool is dry. */
static uint64_t *take_page(struct shadow *s)
{
	uint64_t *page = shadow_page_get(s);
	struct shadow_table *t = page ? NULL : take_dropped(s);

	if (!t)
		return page;
	memset(t->copy, 0, PAGE_SIZE);
	shadow_page_put(s, (uint64_t *)t->copy);
	return t->page;
}

static void set_window(const struct guest *g, uint64_t *pd)
{
	pd[WINDOW_PDE % PTE_ENTRIES] = paging_guest_window_entry(g->cpu->id);
	pd[FAST_PDE % PTE_ENTRIES] = (uintptr_t)g->shadow.aliases | PTE_P | PTE_W;
}

/* A fresh directory; the last one has the window in it. */
static uint64_t *new_directory(struct guest *g, unsigned i)
{
	uint64_t *pd = take_page(&g->shadow);

	if (pd && i == 3)
		set_window(g, pd);
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

static inline struct shadow_table *find_table(const struct shadow *s, unsigned owner, uint32_t pde)
{
	const uint64_t *home = home_of(s, owner, pde);
	uint32_t n = s->stale_tables ? s->first_table[owner] : 0;

	if (home && *home & PTE_P)
		return shadow_table_of(s, PTE_PAGE(*home));
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

void shadow_drop_directory(struct shadow *s, unsigned owner, unsigned i)
{
	for (uint32_t n = s->first_table[owner], next; n; n = next) {
		next = s->tables_of[n].next;
		if (s->tables_of[n].pde / PTE_ENTRIES == i)
			drop(s, owner, &s->tables_of[n]);
	}
}

/* The list goes as a whole: there may be thousands. */
void shadow_drop_tables(struct shadow *s, unsigned owner)
{
	uint32_t first = s->first_table[owner], last = 0, count = 0;

	for (uint32_t n = first; n; n = s->tables_of[n].next, count++) {
		if (likely(!s->tables_of[n].is_stale))
			take_out(s, owner, s->tables_of[n].pde);
		else
			s->stale_tables--;
		last = n;
	}
	if (!count)
		return;
	s->tables_of[last].next = (uint16_t)s->first_dropped;
	s->first_dropped = first;
	s->first_table[owner] = 0;
	s->free_pages += 2 * count;
	s->dropped += count;
	if (owner != SHADOW_SHARED)
		s->roots[owner].user_tables = 0;
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

/* Some 20 instructions each. */
#define STEPS_OF_A_TABLE 6u

/*
 * The table again as the guest's says, for what it has mapped. Returns what
 * it cost, at least 1; 0: the guest's directory leads elsewhere now.
 */
static unsigned compare(struct guest *g, struct shadow_table *t)
{
	gva_t va = (gva_t)t->pde << PD_SHIFT;
	uint32_t low, high;
	gpa_t entries;
	uint64_t pde;

	if (unlikely(!guest_read_pde(&g->shadow.tables, va, &low, &high) ||
		     (low & SHADOW_PDE_BITS) != t->pde_low || high != t->pde_high)) {
		if (!guest_walk_table(&g->shadow.tables, va, &pde, &entries) ||
		    entries != t->entries)
			return 0;
		shadow_blocks_follow(g, t, pde, entries);
	}
	return STEPS_OF_A_TABLE + shadow_blocks_compare(g, t);
}

/* Returns what it cost. */
static unsigned resync_table(struct guest *g, unsigned owner, struct shadow_table *t)
{
	unsigned steps = compare(g, t), hand = t->hand++ % 32;

	if (t->blocks >> hand & 1)
		steps += shadow_block_age(t, hand);
	if (unlikely(steps < STEPS_OF_A_TABLE || !t->blocks))
		drop(&g->shadow, owner, t);
	return MAX(steps, STEPS_OF_A_TABLE);
}

void shadow_resync(struct guest *g, unsigned owner, unsigned *budget)
{
	struct shadow *s = &g->shadow;
	uint32_t n, next;

	for (n = s->first_table[owner]; n; n = next) {
		struct shadow_table *t = &s->tables_of[n];
		unsigned steps;

		next = t->next;
		if (t->is_stale)
			continue;
		if (likely(*budget)) {
			steps = resync_table(g, owner, t);
			*budget -= MIN(steps, *budget);
			continue;
		}
		take_out(s, owner, t->pde);
		t->is_stale = true;
		s->stale_tables++;
	}
}

/* Two pages: the table, and what the guest's was like. NULL: the pool is dry. */
static struct shadow_table *take_table(struct shadow *s)
{
	struct shadow_table *t = take_dropped(s);
	uint64_t *page, *copy;

	if (t)
		return t;
	page = shadow_page_get(s);
	copy = page ? shadow_page_get(s) : NULL;
	if (!copy) {
		if (page)
			shadow_page_put(s, page);
		return NULL;
	}
	t = shadow_table_of(s, page);
	t->page = page;
	t->copy = (uint32_t *)copy;
	return t;
}

static struct shadow_table *new_table(struct shadow *s, unsigned owner, uint32_t pde)
{
	struct shadow_table *t = take_table(s);

	if (!t)
		return NULL;
	*t = (struct shadow_table){.pde = (uint16_t)pde, .page = t->page, .copy = t->copy};
	link_table(s, t, owner);
	return t;
}

/* The owner's table at pde, compared if it is stale; a new one; NULL if the pool is dry. */
static struct shadow_table *table_for(struct guest *g, unsigned owner, uint32_t pde)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = find_table(s, owner, pde);

	if (t && t->is_stale && !compare(g, t)) {
		drop(s, owner, t);
		t = NULL;
	}
	return t ? t : new_table(s, owner, pde);
}

/* The current root's table for va, linked into all directories on the way. */
static struct shadow_table *link_for_use(struct guest *g, gva_t va)
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
		t = shadow_table_of(s, PTE_PAGE(home[pd_index(va)]));
	} else {
		t = table_for(g, owner, va >> PD_SHIFT);
		if (!t)
			return NULL;
		s->stale_tables -= t->is_stale;
		t->is_stale = false;
		home[pd_index(va)] = (uintptr_t)t->page | DIRECTORY_RIGHTS;
	}
	pd[pd_index(va)] = home[pd_index(va)];
	return t;
}

static inline struct shadow_table *table_in_use(struct guest *g, gva_t va)
{
	const uint64_t *page = linked_page(&g->shadow, g->shadow.current, va);

	return likely(page) ? shadow_table_of(&g->shadow, page) : link_for_use(g, va);
}

bool shadow_map_linear(struct guest *g, gva_t va, hpa_t hpa)
{
	struct shadow_table *t = table_in_use(g, va);

	if (!t)
		return false;
	t->blocks |= 1u << pt_index(va) / SHADOW_BLOCK;
	t->page[pt_index(va)] = hpa | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	return true;
}

bool shadow_map(struct guest *g, gva_t va, uint64_t pde, gpa_t pte_gpa)
{
	struct shadow_table *t = table_in_use(g, va);

	if (!t)
		return false;
	shadow_blocks_follow(g, t, pde, pte_gpa - shadow_entry_offset(&g->shadow, va));
	shadow_block_fill(g, t, pt_index(va));
	return true;
}

/* There is no table for va, but the guest has an entry: it is about to be used. */
static struct shadow_table *expect_use(struct guest *g, gpa_t top, gva_t va)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t;
	gpa_t entry;
	uint64_t pde;

	if (top != s->tables.top || !guest_walk_table(&s->tables, va, &pde, &entry) ||
	    (s->tables.memory[entry] & (PTE_P | PTE_A)) != (PTE_P | PTE_A))
		return NULL;
	t = table_in_use(g, va);
	if (t)
		shadow_blocks_follow(g, t, pde, entry - shadow_entry_offset(s, va));
	return t;
}

/*
 * The table is taken to stand for the same one of the guest's as before: where
 * that changes the guest says so, and it goes.
 */
struct shadow_table *shadow_refresh(struct guest *g, unsigned owner, gpa_t top, gva_t va)
{
	struct shadow_table *t = find_table(&g->shadow, owner, va >> PD_SHIFT);

	if (!t)
		t = expect_use(g, top, va);
	if (!t || t->is_stale)
		return NULL;
	shadow_entry_refresh(g, t, pt_index(va));
	return t;
}
