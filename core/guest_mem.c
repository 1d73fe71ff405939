/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing a guest's memory by its virtual addresses. */
#include "core/guest_mem.h"

#include "core/errno.h"
#include "core/guest.h"
#include "core/lib.h"

/* Host pointer for [va, va + bytes), which lies in one page; NULL when the guest may not. */
static void *translate(struct guest *g, gva_t va, uint32_t bytes, bool is_write)
{
	struct walk w;

	if (g->shadow.is_linear)
		return guest_ram(g, va, bytes);
	if (va >= WINDOW_BASE)
		return NULL;
	w = guest_walk(&g->shadow.tables, va);
	if (!walk_permits(&w, is_write ? PF_WRITE : 0) || w.page >= g->mem_bytes)
		return NULL;
	walk_mark(&g->shadow.tables, &w, is_write);
	return guest_ram(g, (gpa_t)w.page + (va & ~PAGE_MASK), bytes);
}

static uint32_t piece(gva_t va, uint32_t bytes)
{
	return MIN(bytes, PAGE_SIZE - (va & ~PAGE_MASK));
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

static const void *peek(const struct guest *g, gva_t va, uint32_t bytes)
{
	struct walk w;

	if (g->shadow.is_linear)
		return guest_ram(g, va, bytes);
	w = guest_walk(&g->shadow.tables, va);
	if (w.status != WALK_OK || w.page >= g->mem_bytes)
		return NULL;
	return guest_ram(g, (gpa_t)w.page + (va & ~PAGE_MASK), bytes);
}

int guest_peek_virtual(const struct guest *g, gva_t va, void *to, uint32_t bytes)
{
	while (bytes > 0) {
		uint32_t n = piece(va, bytes);
		const void *from = peek(g, va, n);

		if (!from)
			return -EFAULT;
		memcpy(to, from, n);
		to = (uint8_t *)to + n;
		va += n;
		bytes -= n;
	}
	return 0;
}
