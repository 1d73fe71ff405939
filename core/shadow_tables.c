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
#define BLOCK            16u /* entries: 64 KiB of the guest */

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
static inline uint64_t *home_of(const struct shadow *s, unsigned owner, uint32_t pde)
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

/*
 * What walk_shadow_entry() says of the guest's entry i, but 0 if the guest has not touched the
 * page, or it is no memory. In 32-bit halves: it is done for every entry of a table.
 */
static __attribute__((always_inline)) inline uint64_t entry_from(const struct source *from,
								 unsigned i)
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

/* The guest's page table that pde leads to. */
static __attribute__((always_inline)) inline struct source source_of(const struct guest *g,
								     uint64_t pde, gpa_t entries)
{
	const struct shadow *s = &g->shadow;
	uint32_t nx = (uint32_t)(paging_nx() >> 32);

	return (struct source){
		.entries = s->tables.memory + entries,
		.is_pae = s->tables.is_pae,
		.rights = (uint32_t)pde & (PTE_W | PTE_U),
		.no_exec = (uint32_t)(pde >> 32) & nx,
		.nx = nx,
		.base = g->base,
		.bytes = g->mem_bytes,
	};
}

static uint32_t *copy_of(const struct shadow *s, const struct shadow_table *t)
{
	return (uint32_t *)(uintptr_t)(s->pool + (t->copy << PAGE_SHIFT));
}

/* The block again, as the guest has it. */
static void fill_block(const struct shadow *s, struct shadow_table *t, const struct source *from,
		       unsigned block)
{
	unsigned bytes = from->is_pae ? BLOCK * 8 : BLOCK * 4;
	uint64_t *page = page_of(s, t);

	memcpy((uint8_t *)copy_of(s, t) + block * bytes, from->entries + block * bytes, bytes);
	for (unsigned i = block * BLOCK; i < (block + 1) * BLOCK; i++)
		page[i] = entry_from(from, i);
	t->blocks |= 1u << block;
}

/* One of a block that is filled. */
static void set_entry(const struct shadow *s, struct shadow_table *t, const struct source *from,
		      unsigned i, uint64_t e)
{
	unsigned bytes = from->is_pae ? 8 : 4;

	memcpy((uint8_t *)copy_of(s, t) + i * bytes, from->entries + i * bytes, bytes);
	page_of(s, t)[i] = e;
}

/* Whether the guest's entries are what they were. */
static bool is_same(const void *a, const void *b, unsigned words)
{
	bool same;

	__asm__ volatile("cmpl %%eax, %%eax\n\trepe cmpsl"
			 : "=@ccz"(same), "+S"(a), "+D"(b), "+c"(words)
			 :
			 : "memory");
	return same;
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
	unsigned words = s->tables.is_pae ? BLOCK * 2 : BLOCK;
	uint64_t *page = page_of(s, t);

	if (!t->is_stale)
		take_out(s, owner, t->pde);
	for (; t->blocks; t->blocks &= t->blocks - 1) {
		unsigned block = (unsigned)__builtin_ctz(t->blocks);

		memset(page + block * BLOCK, 0, BLOCK * 8);
		memset(copy_of(s, t) + block * words, 0, words * 4);
	}
	if (t->copy)
		shadow_page_put(s, (uint64_t *)(uintptr_t)copy_of(s, t));
	unlink_table(s, t, owner);
	shadow_page_put(s, page);
	s->dropped++;
}

static inline struct shadow_table *find_table(const struct shadow *s, unsigned owner, uint32_t pde)
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

/* Where the guest's entries for the table of va begin; false: nowhere. */
static __attribute__((always_inline)) inline bool
find_source(const struct guest *g, gpa_t top, gva_t va, struct source *from, gpa_t *entries)
{
	struct guest_tables tables = g->shadow.tables;
	uint64_t pde;

	tables.top = top;
	if (!guest_walk_table(&tables, va & ~(PD_BYTES - 1), &pde, entries))
		return false;
	*from = source_of(g, pde, *entries);
	return true;
}

/* Where the entries come from; if it is another place than before, again. Returns blocks filled. */
static inline unsigned follow(const struct shadow *s, struct shadow_table *t,
			      const struct source *from, gpa_t entries)
{
	bool is_no_exec = from->no_exec != 0;
	unsigned n = 1;

	if (t->entries == entries && t->rights == from->rights && t->is_no_exec == is_no_exec)
		return n;
	t->entries = entries;
	t->rights = (uint8_t)from->rights;
	t->is_no_exec = is_no_exec;
	for (uint32_t left = t->blocks; left; left &= left - 1, n++)
		fill_block(s, t, from, (unsigned)__builtin_ctz(left));
	return n;
}

/*
 * The table again as the guest's says, for what it has mapped. Returns the
 * blocks looked at, at least 1; 0: the guest's directory leads elsewhere now.
 */
static unsigned compare(struct guest *g, struct shadow_table *t)
{
	struct shadow *s = &g->shadow;
	unsigned words = s->tables.is_pae ? BLOCK * 2 : BLOCK, looked_at = 1;
	struct source from;
	gpa_t entries;

	if (!find_source(g, s->tables.top, (gva_t)t->pde << PD_SHIFT, &from, &entries) ||
	    entries != t->entries)
		return 0;
	if (t->rights != from.rights || t->is_no_exec != (from.no_exec != 0))
		return follow(s, t, &from, entries);
	for (uint32_t left = t->blocks; left; left &= left - 1) {
		unsigned block = (unsigned)__builtin_ctz(left);

		looked_at++;
		if (!is_same(copy_of(s, t) + block * words, from.entries + block * words * 4,
			     words))
			fill_block(s, t, &from, block);
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

/* Two pages: the table, and what the guest's was like. */
static struct shadow_table *new_table(struct shadow *s, unsigned owner, uint32_t pde)
{
	uint64_t *page = shadow_page_get(s), *copy = page ? shadow_page_get(s) : NULL;
	struct shadow_table *t;

	if (!copy) {
		if (page)
			shadow_page_put(s, page);
		return NULL;
	}
	t = table_of(s, page);
	*t = (struct shadow_table){
		.pde = (uint16_t)pde,
		.copy = (uint32_t)(((uintptr_t)copy - s->pool) >> PAGE_SHIFT),
	};
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
	t->blocks |= 1u << pt_index(va) / BLOCK;
	page_of(&g->shadow, t)[pt_index(va)] = hpa | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	return true;
}

bool shadow_map(struct guest *g, gva_t va, const struct walk *w)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = table_in_use(g, va);
	struct source from;

	if (!t)
		return false;
	from = source_of(g, w->pde, w->pte_gpa - pt_index(va) * (s->tables.is_pae ? 8 : 4));
	follow(s, t, &from, (gpa_t)(from.entries - s->tables.memory));
	fill_block(s, t, &from, pt_index(va) / BLOCK);
	return true;
}

void shadow_refresh(struct guest *g, unsigned owner, gpa_t top, gva_t va)
{
	struct shadow *s = &g->shadow;
	struct shadow_table *t = find_table(s, owner, va >> PD_SHIFT);
	unsigned i = pt_index(va);
	struct source from;
	gpa_t entries;
	uint64_t e;

	if (!find_source(g, top, va, &from, &entries)) {
		if (t)
			page_of(s, t)[i] = 0;
		return;
	}
	e = entry_from(&from, i);
	if (!t && e && top == s->tables.top)
		t = table_in_use(g, va); /* it is about to be used */
	if (!t)
		return;
	follow(s, t, &from, entries);
	if (t->blocks >> i / BLOCK & 1)
		set_entry(s, t, &from, i, e);
	else if (e)
		fill_block(s, t, &from, i / BLOCK);
}
