/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest with page tables for the shadow tests, what core/shadow.c calls, and the check of all
 * shadows. */
#ifndef GATEHOUSE_TEST_UNIT_SHADOW_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_SHADOW_FIXTURE_H

#include <stdlib.h>

#include "arch/x86/paging.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/log.h"
#include "core/shadow_tables.h"
#include "core/trace_dump.h"
#include "test/unit/paging_fixture.h"

#define MEM_PAGES          1024u
#define MEM_BYTES          (MEM_PAGES * PAGE_SIZE)
#define POOL_MAX           1024u
#define MAX_TOPS           80u
#define MAX_REGIONS        10u
#define SLOTS              8u /* pages tried in each region */
#define WINDOW_ENTRY_VALUE 0x7654003ull
#define FIRST_WINDOW_PDE   (WINDOW_BASE >> 21)

static uint8_t memory[MEM_BYTES] ALIGNED(4096);
static uint8_t pool[POOL_MAX * PAGE_SIZE] ALIGNED(4096);
static struct guest g;
static struct cpu cpu;
static struct config_guest config = {.name = "unit"};
static struct regs regs;
static unsigned fails;
static uint64_t nx;
static struct unit_random rnd;

void guest_fail(struct guest *who, const char *fmt, ...)
{
	(void)fmt;
	who->state = GUEST_DEAD;
	fails++;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

uint64_t paging_nx(void)
{
	return nx;
}

void vcpu_set_data(struct vcpu *v, uint32_t address)
{
	v->fast.data = address;
}

void vcpu_allow_fast(struct vcpu *v, bool allow)
{
	v->no_fast = !allow;
}

uint32_t clock_ns_per_tick(void)
{
	return 1 << FAST_TIME_SHIFT;
}

uint32_t trace_kinds(void)
{
	return 0;
}

uint64_t paging_guest_window_entry(unsigned id)
{
	return WINDOW_ENTRY_VALUE + id;
}

/* The guest: tops that share the kernel's tables and have their own for the rest. */
static struct {
	bool is_pae;
	gva_t kernel;
	unsigned tops, regions;
	gva_t base[MAX_REGIONS]; /* what one page table maps: 2 or 4 MiB */
	gpa_t top[MAX_TOPS], dir[MAX_TOPS][4], pt[MAX_TOPS][MAX_REGIONS];
	gpa_t next_page;
	unsigned current;
} m;

static inline uint32_t below(uint32_t n)
{
	return (uint32_t)(unit_random(&rnd) >> 20) % n;
}

static inline uint32_t region_bytes(void)
{
	return m.is_pae ? MIB(2) : MIB(4);
}

static inline unsigned region_of(gva_t va)
{
	unsigned r = 0;

	while (r < m.regions && m.base[r] != (va & ~(region_bytes() - 1)))
		r++;
	assert_true(r < m.regions);
	return r;
}

static inline unsigned entry_bytes(void)
{
	return m.is_pae ? 8 : 4;
}

static inline gpa_t take_page(void)
{
	gpa_t at = m.next_page;

	m.next_page += PAGE_SIZE;
	assert_true(m.next_page <= MEM_BYTES);
	return at;
}

static inline bool is_kernel_region(unsigned r)
{
	return m.base[r] >= m.kernel;
}

/* The kernel's address in the middle: each top has its own table, kernel entries the same. */
static inline bool is_mixed_region(unsigned r)
{
	return m.base[r] < m.kernel && m.base[r] + region_bytes() > m.kernel;
}

static inline gva_t slot_va(unsigned r, unsigned slot)
{
	static const uint16_t two_level[SLOTS] = {0, 1, 255, 256, 257, 511, 512, 1023};
	static const uint16_t pae[SLOTS] = {0, 1, 2, 255, 256, 257, 510, 511};

	return m.base[r] + (m.is_pae ? pae[slot] : two_level[slot]) * PAGE_SIZE;
}

static inline gpa_t pde_at(unsigned t, unsigned r)
{
	gva_t va = m.base[r];

	if (m.is_pae)
		return m.dir[t][va >> 30] + (va >> 21 & 511) * 8;
	return m.top[t] + (va >> 22) * 4;
}

static inline gpa_t pte_at(unsigned t, unsigned r, gva_t va)
{
	uint32_t index = va >> 12 & (m.is_pae ? 511 : 1023);

	return m.pt[t][r] + index * entry_bytes();
}

static inline uint64_t peek(gpa_t at)
{
	return ref_peek(memory, at, entry_bytes());
}

static inline void poke(gpa_t at, uint64_t value)
{
	ref_poke(memory, at, entry_bytes(), value);
}

/* An entry of a page table: some page of the guest, some rights. */
static inline uint64_t random_pte(void)
{
	uint64_t e = (uint64_t)below(MEM_PAGES) << 12;

	e |= below(5) ? PTE_P : 0;
	e |= below(4) ? PTE_W : 0;
	e |= below(3) ? PTE_U : 0;
	e |= below(3) ? PTE_A : 0;
	e |= below(2) ? PTE_D : 0;
	e |= m.is_pae && below(4) == 0 ? PTE_NX : 0;
	e |= m.is_pae && below(16) == 0 ? 1ull << (32 + below(20)) : 0; /* far beyond memory */
	return e;
}

static inline uint64_t random_pde(unsigned t, unsigned r)
{
	return m.pt[t][r] | (below(6) ? PTE_P : 0) | (below(6) ? PTE_W : 0) |
	       (below(6) ? PTE_U : 0) | PTE_A | (m.is_pae && below(8) == 0 ? PTE_NX : 0);
}

/* Kernel entries go to every top. */
static inline void set_pte(unsigned t, unsigned r, gva_t va, uint64_t e)
{
	for (unsigned i = 0; i < m.tops; i++)
		if (i == t || va >= m.kernel)
			poke(pte_at(i, r, va), e);
}

static inline void set_pde(unsigned t, unsigned r, uint64_t e)
{
	bool is_all = is_kernel_region(r) || is_mixed_region(r);

	for (unsigned i = 0; i < m.tops; i++)
		if (i == t || is_all)
			poke(pde_at(i, r), (e & ~PTE_ADDR) | m.pt[i][r]);
}

static inline void add_region(uint64_t va)
{
	gva_t base = ALIGN_DOWN((gva_t)va, region_bytes());

	if (va >= WINDOW_BASE || m.regions == MAX_REGIONS)
		return;
	for (unsigned r = 0; r < m.regions; r++)
		if (m.base[r] == base)
			return;
	m.base[m.regions++] = base;
}

/* Whether directory i (1 GiB) holds nothing but the kernel's. */
static inline bool is_kernel_directory(unsigned i)
{
	return (uint64_t)i << 30 >= m.kernel;
}

static inline void build_top(unsigned t)
{
	m.top[t] = take_page();
	for (unsigned i = 0; m.is_pae && i < 4; i++) {
		m.dir[t][i] = t && is_kernel_directory(i) ? m.dir[0][i] : 0;
		for (unsigned r = 0; r < m.regions; r++)
			if (m.base[r] >> 30 == i && !m.dir[t][i])
				m.dir[t][i] = take_page();
		if (m.dir[t][i])
			poke(m.top[t] + i * 8, m.dir[t][i] | PTE_P);
	}
	for (unsigned r = 0; r < m.regions; r++)
		m.pt[t][r] = t && is_kernel_region(r) ? m.pt[0][r] : take_page();
}

static inline void build_guest(bool is_pae, gva_t kernel, unsigned tops)
{
	uint32_t step;

	memset(&m, 0, sizeof(m));
	memset(memory, 0, sizeof(memory));
	m.is_pae = is_pae;
	m.kernel = kernel;
	m.tops = tops;
	m.next_page = PAGE_SIZE;
	step = region_bytes();
	add_region(0);
	add_region((uint64_t)kernel);
	add_region((uint64_t)kernel + step);
	add_region(kernel > step ? kernel - step : 0);
	add_region(0x40000000);
	add_region(0xE0000000);
	add_region(WINDOW_BASE - 1);
	for (unsigned t = 0; t < tops; t++)
		build_top(t);
	for (unsigned t = 0; t < tops; t++)
		for (unsigned r = 0; r < m.regions; r++) {
			set_pde(t, r, m.pt[t][r] | 7 | PTE_A);
			for (unsigned s = 0; s < SLOTS; s++)
				set_pte(t, r, slot_va(r, s), random_pte());
		}
}

static inline void start_guest(bool is_pae, gva_t kernel, unsigned tops, uint32_t pool_pages)
{
	memset(&g, 0, sizeof(g));
	g.base = (uintptr_t)memory;
	g.ram_bytes = g.mem_bytes = MEM_BYTES;
	g.config = &config;
	g.cpu = &cpu;
	g.state = GUEST_RUNNING;
	g.vcpu.regs = &regs;
	g.kernel_address = kernel;
	fails = 0;
	build_guest(is_pae, kernel, tops);
	memset(pool, 0xA5, sizeof(pool));
	shadow_init(&g, (uintptr_t)pool, pool_pages);
}

/* ---- the check ---- */

static uint8_t page_use[POOL_MAX]; /* 1: seen */

static inline void use_page(const void *page)
{
	uintptr_t at = (uintptr_t)page - (uintptr_t)pool;

	assert_true(at % PAGE_SIZE == 0 && at / PAGE_SIZE < g.shadow.pool_pages);
	if (page_use[at / PAGE_SIZE]++)
		fail_msg("shadow page %u is used twice", (unsigned)(at / PAGE_SIZE));
}

static inline unsigned use_tables(const uint64_t *pd, uint32_t first, uint32_t from, uint32_t to)
{
	unsigned tables = 0;

	for (uint32_t pde = MAX(first, from); pde < MIN(first + PTE_ENTRIES, to); pde++) {
		if (!(pd[pde - first] & PTE_P))
			continue;
		use_page(PTE_PAGE(pd[pde - first]));
		tables++;
	}
	return tables;
}

/* The tables of an owner: what is known of each is so; the stale ones hang nowhere else. */
static inline unsigned check_tables(unsigned owner)
{
	const struct shadow *s = &g.shadow;
	unsigned stale = 0;

	for (uint32_t n = s->first_table[owner]; n; n = s->tables_of[n].next) {
		const struct shadow_table *t = &s->tables_of[n];
		const uint64_t *page = (const uint64_t *)(pool + n * PAGE_SIZE);

		for (unsigned i = 0; i < PTE_ENTRIES; i++)
			assert_true(t->blocks >> i / 16 & 1 || !page[i]);
		assert_ptr_equal(t->page, page);
		use_page(t->copy);
		assert_true(!t->next || s->tables_of[t->next].previous == n);
		if (t->is_stale)
			use_page(page);
		stale += t->is_stale;
	}
	return stale;
}

/* What belongs in a root's directory from the window on. */
static inline uint64_t window_entry(uint32_t pde)
{
	if (pde == FAST_PDE)
		return (uintptr_t)g.shadow.aliases | PTE_P | PTE_W;
	return pde == FIRST_WINDOW_PDE ? WINDOW_ENTRY_VALUE : 0;
}

/* (d) Each page of the pool is free or used, once. */
static inline void check_pool(void)
{
	const struct shadow *s = &g.shadow;
	unsigned user_tables[SHADOW_ROOTS] = {0};
	uint32_t free_pages = 0, stale;

	memset(page_use, 0, sizeof(page_use));
	use_page(s->pdpts);
	use_page(s->aliases);
	for (const uint64_t *p = s->free_page; p;
	     p = (const uint64_t *)(uintptr_t)p[0], free_pages++) {
		use_page(p);
		for (unsigned i = 1; i < PTE_ENTRIES; i++)
			assert_true(p[i] == 0);
	}
	for (uint32_t i = s->unused; i < s->pool_pages; i++, free_pages++)
		use_page(pool + i * PAGE_SIZE);
	for (const uint8_t *p = (const uint8_t *)s->tables_of;
	     p < (const uint8_t *)&s->tables_of[s->pool_pages]; p += PAGE_SIZE)
		use_page(p);
	for (uint32_t n = s->first_dropped; n; n = s->tables_of[n].next, free_pages += 2) {
		use_page(pool + n * PAGE_SIZE);
		use_page(s->tables_of[n].copy);
	}
	assert_int_equal(free_pages, s->free_pages);
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t first = i * PTE_ENTRIES;

		if (s->shared_pd[i]) {
			use_page(s->shared_pd[i]);
			use_tables(s->shared_pd[i], first, s->shared_from, FIRST_WINDOW_PDE);
		}
		for (unsigned r = 0; r < SHADOW_ROOTS; r++) {
			const uint64_t *pd = PTE_PAGE(s->pdpts[r][i]);

			assert_true(s->roots[r].is_used || !s->pdpts[r][i]);
			if (!(s->pdpts[r][i] & PTE_P) || pd == s->shared_pd[i])
				continue;
			use_page(pd);
			user_tables[r] += use_tables(pd, first, 0, s->shared_from);
		}
	}
	stale = check_tables(SHADOW_SHARED);
	for (unsigned r = 0; r < SHADOW_ROOTS; r++) {
		unsigned n = check_tables(r);

		user_tables[r] += n;
		stale += n;
	}
	assert_int_equal(stale, s->stale_tables);
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		assert_int_equal(user_tables[r], s->roots[r].is_used ? s->roots[r].user_tables : 0);
	for (uint32_t i = 0; i < s->pool_pages; i++)
		if (!page_use[i])
			fail_msg("shadow page %u is lost", (unsigned)i);
}

/* (b) The shadow's entry grants nothing that the guest's tables do not. */
static inline void check_leaf(gpa_t top, gva_t va, uint64_t e)
{
	struct ref must = ref_walk(memory, MEM_BYTES, m.is_pae, top, va);
	bool own_table = va < m.kernel; /* else the dirty bit may be another top's */

	if ((e & PTE_ADDR) < g.base || (e & PTE_ADDR) >= g.base + MEM_BYTES || !(e & PTE_P))
		fail_msg("I1: 0x%08x is mapped by 0x%llx", va, (unsigned long long)e);
	if (must.kind != REF_MAPPED || must.page != (e & PTE_ADDR) - g.base ||
	    (e & PTE_W && !(must.write && (must.dirty || !own_table))) ||
	    (e & PTE_U && !must.user) || (nx && must.no_exec && !(e & PTE_NX)))
		fail_msg("0x%08x of top 0x%x: shadow 0x%llx, guest %s page 0x%llx %s%s%s", va, top,
			 (unsigned long long)e, must.kind == REF_MAPPED ? "maps" : "does not map",
			 (unsigned long long)must.page, must.write ? "W" : "", must.user ? "U" : "",
			 must.dirty ? "D" : "");
}

static inline void check_table(gpa_t top, const uint64_t *pt, gva_t va)
{
	for (uint32_t i = 0; i < PTE_ENTRIES; i++)
		if (pt[i])
			check_leaf(top, va + i * PAGE_SIZE, pt[i]);
}

static inline bool is_stale(unsigned root)
{
	return g.shadow.roots[root].flushes_seen != g.shadow.flush_alls;
}

/*
 * (e) What is shared is the same in all roots; its tables are looked into if
 * deep. A root that is to be flushed before its turn may hold anything of its own.
 */
static inline void check_root(unsigned root, bool deep)
{
	const struct shadow *s = &g.shadow;
	bool has_old = s->roots_with_old >> root & 1;

	assert_true(!has_old || root != s->current);
	for (uint32_t i = 0; i < 4; i++) {
		const uint64_t *pd = PTE_PAGE(s->pdpts[root][i]);

		if (!(s->pdpts[root][i] & PTE_P))
			continue;
		if (i * PTE_ENTRIES >= s->shared_from)
			assert_ptr_equal(pd, s->shared_pd[i]);
		for (uint32_t n = 0; n < PTE_ENTRIES; n++) {
			uint32_t pde = i * PTE_ENTRIES + n;

			if (pde >= FIRST_WINDOW_PDE) {
				assert_true(pd[n] == window_entry(pde));
				continue;
			}
			if (has_old && pde >= s->shared_from && i * PTE_ENTRIES < s->shared_from)
				continue;
			if (pd[n] && pde >= s->shared_from)
				assert_true(pd[n] == s->shared_pd[i][n]);
			if (pd[n] && (pde < s->shared_from ? !is_stale(root) : deep))
				check_table(s->roots[root].gpa, PTE_PAGE(pd[n]), pde << 21);
		}
	}
}

static inline void check_all(void)
{
	const struct shadow *s = &g.shadow;
	unsigned another = below(SHADOW_ROOTS);

	assert_int_equal(fails, 0);
	check_pool();
	for (unsigned r = 0; r < SHADOW_ROOTS; r++)
		if (s->roots[r].is_used)
			check_root(r, r == s->current || r == another);
	assert_true(s->roots[s->current].is_used && !is_stale(s->current));
	assert_int_equal(s->roots[s->current].gpa, m.top[m.current]);
	assert_int_equal(g.vcpu.state.guest_cr3, (uint32_t)(uintptr_t)s->pdpts[s->current]);
	assert_true(s->pdpts[s->current][3] & PTE_P); /* the window is there */
	if (another % 8 == 0)
		assert_int_equal(shadow_audit(&g), 0);
}

/* What the CPU would find at va now; 0 for nothing. */
static inline uint64_t leaf_now(gva_t va)
{
	const struct shadow *s = &g.shadow;
	uint64_t e = s->pdpts[s->current][va >> 30];

	if (!(e & PTE_P))
		return 0;
	e = PTE_PAGE(e)[va >> 21 & 511];
	return e & PTE_P ? PTE_PAGE(e)[va >> 12 & 511] : 0;
}

#endif
