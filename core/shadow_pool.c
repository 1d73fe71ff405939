/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's own pages for shadow tables, its roots, and the audit of what they map. */
#include "core/shadow_pool.h"

#include "arch/x86/paging.h"
#include "core/cpu.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/shadow_tables.h"

/* What is known of each page takes some itself. */
static uint32_t pages_of_tables(uint32_t pages)
{
	return (pages * sizeof(struct shadow_table) + PAGE_SIZE - 1) / PAGE_SIZE;
}

void shadow_pool_init(struct shadow *s, hpa_t pool, uint32_t pages)
{
	uint32_t own = pages_of_tables(pages);

	s->pool = pool;
	s->tables_of = (struct shadow_table *)(uintptr_t)pool;
	s->free_page = NULL;
	s->pool_pages = pages;
	s->unused = own;
	s->free_pages = pages - own;
}

uint64_t *shadow_page_get(struct shadow *s)
{
	uint64_t *page = s->free_page;

	if (page) {
		s->free_page = (uint64_t *)(uintptr_t)page[0];
		page[0] = 0;
	} else if (s->unused < s->pool_pages) {
		page = (uint64_t *)(uintptr_t)(s->pool + s->unused++ * PAGE_SIZE);
		memset(page, 0, PAGE_SIZE);
	} else {
		return NULL;
	}
	s->free_pages--;
	return page;
}

void shadow_page_put(struct shadow *s, uint64_t *page)
{
	page[0] = (uintptr_t)s->free_page;
	s->free_page = page;
	s->free_pages++;
}

unsigned shadow_oldest_root(const struct shadow *s)
{
	unsigned best = SHADOW_ROOTS;

	for (unsigned r = 0; r < SHADOW_ROOTS; r++) {
		if (!s->roots[r].is_used || r == s->current)
			continue;
		if (best == SHADOW_ROOTS ||
		    s->use_clock - s->roots[r].last_used > s->use_clock - s->roots[best].last_used)
			best = r;
	}
	return best;
}

unsigned shadow_find_root(struct shadow *s, gpa_t top)
{
	uint8_t *hint = &s->root_hints[(top >> 5 ^ top >> PAGE_SHIFT) % ARRAY_SIZE(s->root_hints)];

	if (likely(s->roots[*hint].gpa == top && s->roots[*hint].is_used))
		return *hint;
	if (top == s->no_root)
		return SHADOW_ROOTS;
	for (unsigned r = 0; r < s->roots_end; r++) {
		if (s->roots[r].gpa == top && s->roots[r].is_used) {
			*hint = (uint8_t)r;
			return r;
		}
	}
	s->no_root = top;
	return SHADOW_ROOTS;
}

struct shadow_path shadow_look(const struct shadow *s, gva_t va)
{
	const unsigned index[3] = {pdpt_index(va), pd_index(va), pt_index(va)};
	const uint64_t *table = s->pdpts[s->current];
	struct shadow_path p = {0};

	do {
		const uint64_t *e = &table[index[p.levels]];

		p.at[p.levels] = (hpa_t)(uintptr_t)e;
		p.entry[p.levels] = *e;
		table = PTE_PAGE(*e);
	} while (p.entry[p.levels++] & PTE_P && p.levels < 3);
	return p;
}

static unsigned audit_table(const struct guest *g, const uint64_t *pt, gva_t va)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < PTE_ENTRIES; i++) {
		uint64_t at = pt[i] & PTE_ADDR;

		if (!pt[i] ||
		    (pt[i] & PTE_P && at >= g->base && at < (uint64_t)g->base + g->mem_bytes))
			continue;
		log_error("audit: guest \"%s\" maps 0x%08x by entry 0x%llx", guest_name(g),
			  va + i * PAGE_SIZE, pt[i]);
		bad++;
	}
	return bad;
}

static unsigned audit_directory(const struct guest *g, unsigned root, unsigned directory)
{
	const struct shadow *s = &g->shadow;
	const uint64_t *pd = PTE_PAGE(s->pdpts[root][directory]);
	/* old copies are no entries: they go before the CPU sees them */
	bool has_old = s->roots_with_old >> root & 1 && !shadow_directory_is_shared(s, directory);
	unsigned bad = 0;

	for (uint32_t i = 0; i < PTE_ENTRIES; i++) {
		gva_t va = directory << PDPT_SHIFT | i << PD_SHIFT;

		if (has_old && va < WINDOW_BASE && shadow_is_shared(s, va >> PD_SHIFT))
			continue;
		if (va == WINDOW_BASE)
			bad += (pd[i] & ~PTE_A) != paging_guest_window_entry(g->cpu->id);
		else if (va == WINDOW_FAST)
			bad += (pd[i] & ~PTE_A) != ((uintptr_t)s->aliases | PTE_P | PTE_W);
		else if (va > WINDOW_BASE || pd[i] & PTE_PS)
			bad += pd[i] != 0;
		else if (pd[i] & PTE_P)
			bad += audit_table(g, PTE_PAGE(pd[i]), va);
		else
			bad += pd[i] != 0; /* absent entries carry no address bits (L1TF) */
	}
	return bad;
}

/* The page tables below that directory: those all roots share, or the others. */
static uint32_t count_tables(const struct shadow *s, const uint64_t *pd, unsigned directory,
			     bool shared)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < PTE_ENTRIES; i++) {
		uint32_t pde = directory * PTE_ENTRIES + i;

		n += pd[i] & PTE_P && pde < WINDOW_BASE >> PD_SHIFT &&
		     (pde >= s->shared_from) == shared;
	}
	return n;
}

/* The tables of an owner; *in_use: those that a directory leads to. */
static uint32_t count_list(const struct shadow *s, unsigned owner, uint32_t *in_use)
{
	uint32_t n = 0;

	*in_use = 0;
	for (uint32_t t = s->first_table[owner]; t && n < s->pool_pages; t = s->tables_of[t].next) {
		n++;
		*in_use += !s->tables_of[t].is_stale;
	}
	return n;
}

/* Pages the root uses; *bad if what is known of its tables is not so. */
static uint32_t audit_root(const struct shadow *s, unsigned r, unsigned *bad)
{
	uint32_t used = 0, found = 0, tables, in_use;

	for (unsigned i = 0; i < 4; i++) {
		const uint64_t *pd = PTE_PAGE(s->pdpts[r][i]);

		if (!pd || pd == s->shared_pd[i])
			continue;
		used++;
		found += count_tables(s, pd, i, false);
	}
	tables = count_list(s, r, &in_use);
	*bad += tables != s->roots[r].user_tables || found != in_use;
	return used + tables * 2;
}

/* Each page of the pool is free or in use once; what is known of the tables is so. */
static unsigned audit_pool(const struct guest *g)
{
	const struct shadow *s = &g->shadow;
	uint32_t used = 2 + pages_of_tables(s->pool_pages), found = 0, in_use;
	unsigned bad = 0;

	used += count_list(s, SHADOW_ROOTS, &in_use) * 2;
	for (unsigned i = 0; i < 4; i++) {
		used += s->shared_pd[i] != NULL;
		if (s->shared_pd[i])
			found += count_tables(s, s->shared_pd[i], i, true);
	}
	bad += found != in_use;
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		if (s->roots[r].is_used)
			used += audit_root(s, r, &bad);
	bad += used + s->free_pages != s->pool_pages;
	if (bad)
		log_error("audit: guest \"%s\": %u pages of shadows and %u free are not %u, or "
			  "tables are lost",
			  guest_name(g), used, s->free_pages, s->pool_pages);
	return bad;
}

unsigned shadow_audit(const struct guest *g)
{
	const struct shadow *s = &g->shadow;
	unsigned bad = audit_pool(g), aliases = fast_audit(g);

	if (aliases)
		log_error("audit: guest \"%s\" has %u aliases in the window that it must not have",
			  guest_name(g), aliases);
	bad += aliases;
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		for (unsigned i = 0; i < 4 && s->roots[r].is_used; i++)
			if (s->pdpts[r][i] & PTE_P)
				bad += audit_directory(g, r, i);
	return bad;
}
