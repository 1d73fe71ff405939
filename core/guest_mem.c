/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing a guest's memory by its virtual addresses. */
#include "core/guest_mem.h"

#include "core/errno.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/shadow_tables.h"

/* Host pointer for [va, va + bytes), which lies in one page; NULL when the guest may not. */
static void *find(const struct guest *g, gva_t va, uint32_t bytes, bool is_write, struct walk *w)
{
	if (va >= WINDOW_BASE)
		return NULL;
	*w = guest_walk(&g->shadow.tables, va);
	if (!walk_permits(w, is_write ? PF_WRITE : 0) || w->page >= g->mem_bytes)
		return NULL;
	return guest_ram(g, (gpa_t)w->page + (va & ~PAGE_MASK), bytes);
}

static void *translate(struct guest *g, gva_t va, uint32_t bytes, bool is_write)
{
	struct walk w;
	void *at;

	if (g->shadow.is_linear)
		return guest_ram(g, va, bytes);
	at = find(g, va, bytes, is_write, &w);
	if (at)
		walk_mark(&g->shadow.tables, &w, is_write);
	return at;
}

const void *guest_look(const struct guest *g, gva_t va, uint32_t bytes)
{
	struct walk w;

	return g->shadow.is_linear ? guest_ram(g, va, bytes) : find(g, va, bytes, false, &w);
}

static uint32_t piece(gva_t va, uint32_t bytes)
{
	return MIN(bytes, PAGE_SIZE - (va & ~PAGE_MASK));
}

/*
 * By the shadow: what it maps the guest may read, and what it maps writable the
 * guest may write; that much is marked in the guest's tables.
 */
static inline void *at_once(const struct guest *g, gva_t va, uint32_t bytes, uint32_t rights)
{
	const uint64_t *leaf;
	uint32_t low;

	if (va >= WINDOW_BASE || bytes > PAGE_SIZE - (va & ~PAGE_MASK))
		return NULL;
	leaf = shadow_leaf(&g->shadow, g->shadow.current, va);
	if (!leaf)
		return NULL;
	low = (uint32_t)*leaf; /* host memory is below 4 GiB */
	return (low & rights) == rights
		       ? (uint8_t *)(uintptr_t)((low & PAGE_MASK) | (va & ~PAGE_MASK))
		       : NULL;
}

const void *guest_at_once(const struct guest *g, gva_t va, uint32_t bytes)
{
	return at_once(g, va, bytes, PTE_P);
}

int guest_read_virtual(struct guest *g, gva_t va, void *to, uint32_t bytes)
{
	while (bytes > 0) {
		uint32_t n = piece(va, bytes);
		const void *from = translate(g, va, n, false);

		if (!from)
			return -EFAULT;
		memcpy(to, from, n);
		to = (uint8_t *)to + n;
		va += n;
		bytes -= n;
	}
	return 0;
}

int guest_write_virtual(struct guest *g, gva_t va, const void *from, uint32_t bytes)
{
	void *at = at_once(g, va, bytes, PTE_P | PTE_W);

	if (likely(at != NULL)) {
		memcpy(at, from, bytes);
		return 0;
	}
	while (bytes > 0) {
		uint32_t n = piece(va, bytes);
		void *to = translate(g, va, n, true);

		if (!to)
			return -EFAULT;
		memcpy(to, from, n);
		from = (const uint8_t *)from + n;
		va += n;
		bytes -= n;
	}
	return 0;
}

int guest_peek_virtual(const struct guest *g, gva_t va, void *to, uint32_t bytes)
{
	while (bytes > 0) {
		uint32_t n = piece(va, bytes);
		const void *from = guest_look(g, va, n);

		if (!from)
			return -EFAULT;
		memcpy(to, from, n);
		to = (uint8_t *)to + n;
		va += n;
		bytes -= n;
	}
	return 0;
}
