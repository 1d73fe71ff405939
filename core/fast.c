/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fast tier sees of a guest's memory: aliases in the window. */
#include "core/fast.h"

#include "core/clock.h"
#include "core/guest.h"
#include "core/trace_dump.h"

#define SLOT(va)   (((va)-WINDOW_FAST) >> PAGE_SHIFT)
#define DIR_SLOT   SLOT(WINDOW_FAST_DIR)
#define DATA_SLOT  SLOT(WINDOW_FAST_DATA)
#define PAGE_SLOT  SLOT(WINDOW_FAST_PAGE)
#define DATA_PAGES 2u

static uint64_t nx(const struct guest *g)
{
	return (uint64_t)g->shadow.nx << 32;
}

static uint64_t alias(const struct guest *g, gpa_t at)
{
	return nx(g) | (g->base + (at & PAGE_MASK)) | (uint32_t)(PTE_P | PTE_A);
}

static uint64_t page_alias(const struct guest *g)
{
	return nx(g) | (uintptr_t)&g->vcpu.fast | (uint32_t)(PTE_P | PTE_A);
}

void fast_init(struct guest *g, uint64_t *aliases)
{
	g->shadow.aliases = aliases;
	aliases[PAGE_SLOT] = page_alias(g);
	g->vcpu.fast.ns_per_tick = clock_ns_per_tick();
}

void fast_set_data(struct guest *g)
{
	gpa_t at = (gpa_t)((uint8_t *)g->data - guest_memory(g));
	gpa_t last = at + sizeof(*g->data) - 1;

	for (uint32_t i = 0; i <= (last >> PAGE_SHIFT) - (at >> PAGE_SHIFT); i++)
		g->shadow.aliases[DATA_SLOT + i] = alias(g, at + i * PAGE_SIZE) | PTE_W | PTE_D;
	vcpu_set_data(&g->vcpu, WINDOW_FAST_DATA + (at & ~PAGE_MASK));
}

void fast_set_top(struct guest *g)
{
	const struct guest_tables *t = &g->shadow.tables;
	uint64_t *aliases = g->shadow.aliases;

	g->vcpu.fast.walk = t->is_pae ? FAST_WALK_PAE : FAST_WALK_2LEVEL;
	if (!t->is_pae) {
		aliases[DIR_SLOT] = alias(g, t->top);
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		gpa_t at = guest_pae_directory(t, i << PDPT_SHIFT);

		aliases[DIR_SLOT + i] = at ? alias(g, at) : 0;
	}
}

void fast_note_table(struct guest *g, gpa_t pte_gpa)
{
	uint32_t page = pte_gpa >> PAGE_SHIFT;

	if (!page)
		return;
	g->vcpu.fast.tables[page % FAST_TABLES] = page;
	g->shadow.aliases[page % FAST_TABLES] = alias(g, pte_gpa);
}

void fast_allow(struct guest *g)
{
	vcpu_allow_fast(&g->vcpu, !g->config->no_fast && !trace_kinds());
}

static bool is_allowed(const struct guest *g, unsigned slot)
{
	uint64_t e = g->shadow.aliases[slot];
	uint64_t at = (e & PTE_ADDR) - g->base;
	uint64_t rights = PTE_P | PTE_A | nx(g);

	if (!e)
		return true;
	if (slot == PAGE_SLOT)
		return e == page_alias(g);
	if (slot - DATA_SLOT < DATA_PAGES)
		rights |= PTE_W | PTE_D;
	return at < g->mem_bytes && (e & ~PTE_ADDR) == rights;
}

unsigned fast_audit(const struct guest *g)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < PTE_ENTRIES; i++)
		bad += !is_allowed(g, i);
	return bad;
}
