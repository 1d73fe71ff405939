/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at a guest's memory: bytes, callers, its page tables beside the shadow's. */
#include "arch/x86/paging.h"
#include "core/backtrace.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/lib.h"
#include "core/monitor.h"
#include "core/monitor_look.h"
#include "core/show.h"

#define ROW           16u
#define BYTES_DEFAULT 128u
#define BYTES_MAX     4096u

/* At most `bytes` at an address, all within a page; NULL: nothing there. */
typedef const void *look_fn(const struct guest *g, uint32_t at, uint32_t bytes);

static const void *physical(const struct guest *g, uint32_t at, uint32_t bytes)
{
	return guest_ram(g, at, bytes);
}

static void print_row(uint32_t row, const void *at, unsigned from, unsigned end)
{
	uint8_t bytes[ROW] = {0};
	char text[SHOW_MAX];

	memcpy(bytes + from, at, end - from);
	show_bytes(text, bytes, from, end);
	monitor_print("%08x  %s\n", row, text);
}

/* [at, at + bytes), which does not wrap. */
static void dump(const struct guest *g, uint32_t at, uint32_t bytes, look_fn *look)
{
	while (bytes > 0) {
		unsigned from = at % ROW;
		uint32_t n = MIN(bytes, ROW - from);
		const void *here = look(g, at, n);

		if (here) {
			print_row(at - from, here, from, from + n);
		} else {
			n = MIN(bytes, PAGE_SIZE - (at & ~PAGE_MASK));
			monitor_print("%08x  to %08x: absent\n", at, at + n - 1);
		}
		at += n;
		bytes -= n;
	}
}

static int dump_command(int argc, char **argv, enum look_need need, look_fn *look)
{
	uint32_t at, bytes = BYTES_DEFAULT;
	const struct guest *g;

	if (argc != 3 && argc != 4)
		return -EINVAL;
	if (!monitor_number(argv[2], &at) || (argc == 4 && !monitor_number(argv[3], &bytes)))
		return 0;
	g = look_at(argv[1], need);
	if (!g)
		return 0;
	if (bytes > BYTES_MAX)
		monitor_print("%u bytes are too many: the first %u\n", bytes, BYTES_MAX);
	bytes = MIN(bytes, BYTES_MAX);
	if (at + bytes < at)
		bytes = -at;
	dump(g, at, bytes, look);
	return 0;
}

int look_mem(int argc, char **argv)
{
	return dump_command(argc, argv, LOOK_TABLES, guest_look);
}

int look_pmem(int argc, char **argv)
{
	return dump_command(argc, argv, LOOK_MEMORY, physical);
}

int look_bt(int argc, char **argv)
{
	uint32_t count = BACKTRACE_MAX, frame = 0;
	struct backtrace trace;
	const struct guest *g;
	char text[96];

	if (argc != 2 && argc != 3)
		return -EINVAL;
	if (argc == 3 && !monitor_number(argv[2], &count))
		return 0;
	g = look_at(argv[1], LOOK_TABLES);
	if (!g)
		return 0;
	backtrace_start(&trace, g);
	while (frame < count && backtrace_step(&trace, text, sizeof(text)))
		if (text[0])
			monitor_print("#%-2u %s\n", frame++, text);
	return 0;
}

/* One side of a line of walk; nothing for an entry that was not reached. */
static void print_entry(bool is_there, uint32_t at, uint64_t entry)
{
	char bits[7];

	show_entry(bits, entry);
	if (is_there)
		monitor_print(" %08x %16llx %s", at, entry, bits);
	else
		monitor_print(" %8s %16s %6s", "-", "", "");
}

static void print_level(const char *name, bool is_there, gpa_t at, uint64_t entry,
			const struct shadow_path *p, unsigned level)
{
	monitor_print("%-10s", name);
	print_entry(is_there, at, entry);
	monitor_print(" ");
	print_entry(level < p->levels, p->at[level], p->entry[level]);
	monitor_print("\n");
}

static void print_levels(const struct guest *g, gva_t va, const struct walk *w,
			 const struct shadow_path *p)
{
	const struct guest_tables *t = &g->shadow.tables;
	bool has_top = t->is_pae && !g->shadow.is_linear;
	gpa_t top = t->top + pdpt_index(va) * 8;
	const uint64_t *entry = has_top ? guest_ram(g, top, sizeof(*entry)) : NULL;

	monitor_print("           guest's: at, entry                shadow's: at, entry\n");
	print_level("top", entry, top, entry ? *entry : 0, p, 0);
	print_level("directory", w->pde_gpa, w->pde_gpa, w->pde, p, 1);
	print_level("page table", w->pte_gpa, w->pte_gpa, w->pte, p, 2);
}

static const char *compare(const struct guest *g, gva_t va, const struct walk *w,
			   const struct shadow_path *p)
{
	bool is_memory = w->status == WALK_OK && w->page < g->mem_bytes;

	if (va >= WINDOW_BASE)
		return "the window: Gatehouse's, whatever the guest maps there";
	if (g->shadow.is_linear)
		return "no tables of its own yet: virtual is physical";
	return show_walk(w, p->levels == 3 ? p->entry[2] : 0, is_memory,
			 is_memory ? g->base + (hpa_t)w->page : 0, paging_nx());
}

int look_walk(int argc, char **argv)
{
	const struct guest *g;
	struct walk w = {0};
	struct shadow_path p;
	uint32_t va;

	if (argc != 3)
		return -EINVAL;
	if (!monitor_number(argv[2], &va))
		return 0;
	g = look_at(argv[1], LOOK_TABLES);
	if (!g)
		return 0;
	if (!g->shadow.is_linear)
		w = guest_walk(&g->shadow.tables, va);
	p = shadow_look(&g->shadow, va);
	print_levels(g, va, &w, &p);
	if (w.status == WALK_OK && w.pte_gpa)
		monitor_print("0x%08x is guest-physical 0x%08llx\n", va,
			      w.page + (va & ~PAGE_MASK));
	monitor_print("%s\n", compare(g, va, &w, &p));
	return 0;
}

static void print_root(const struct shadow *s, unsigned n)
{
	const struct shadow_root *r = &s->roots[n];

	if (r->is_used)
		monitor_print("%c %2u  top 0x%08x  %4u user tables  %8u switches ago%s\n",
			      n == s->current ? '*' : ' ', n, r->gpa, r->user_tables,
			      s->use_clock - r->last_used,
			      r->flushes_seen != s->flush_alls ? "  to be flushed" : "");
}

int look_shadow(int argc, char **argv)
{
	const struct guest *g = argc == 2 ? look_at(argv[1], LOOK_TABLES) : NULL;
	const struct shadow *s;

	if (argc != 2)
		return -EINVAL;
	if (!g)
		return 0;
	s = &g->shadow;
	monitor_print("%s; all roots share 0x%08x and up\n",
		      s->is_linear       ? "no tables of its own yet: virtual is physical"
		      : s->tables.is_pae ? "PAE tables"
					 : "2-level tables",
		      s->shared_from << PD_SHIFT);
	monitor_print("pages: %u of %u in use; %u filled, %u tables dropped, %u times recycled\n",
		      s->pool_pages - s->free_pages, s->pool_pages, s->filled, s->dropped,
		      s->recycled);
	for (unsigned n = 0; n < SHADOW_ROOTS; n++)
		print_root(s, n);
	return 0;
}
