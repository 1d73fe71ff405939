/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of memory ranges in boot_info: filling it and putting it in order. */
#include "boot/memmap.h"
#include "core/lib.h"

#define MAX_POINTS (2 * BOOT_MAX_MEM)

static uint64_t page_down(uint64_t addr)
{
	return addr & ~(uint64_t)(PAGE_SIZE - 1);
}

static uint64_t page_up(uint64_t addr)
{
	return page_down(addr + PAGE_SIZE - 1);
}

static uint64_t mem_end(const struct boot_mem *m)
{
	return m->base + m->bytes;
}

/*
 * Reserved ranges grow to whole pages; usable ones are rounded only when
 * complete. False: nothing is left of the range. A usable range which wraps is
 * not believed.
 */
static bool normalise(struct boot_mem *m)
{
	bool wraps = m->base + m->bytes < m->base;
	uint64_t end = wraps ? BOOT_PHYS_END : MIN(m->base + m->bytes, BOOT_PHYS_END);

	if (m->bytes == 0 || m->base >= BOOT_PHYS_END)
		return false;
	if (m->type != BOOT_MEM_USABLE) {
		m->type = BOOT_MEM_RESERVED;
		m->base = page_down(m->base);
		end = page_up(end);
	} else if (wraps) {
		return false;
	}
	m->bytes = end - m->base;
	return true;
}

static void sort_points(uint64_t *point, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		uint64_t p = point[i];
		unsigned j = i;

		for (; j > 0 && point[j - 1] > p; j--)
			point[j] = point[j - 1];
		point[j] = p;
	}
}

/* The type of [from, to), which no range covers in part; 0 = not mentioned. */
static uint32_t type_between(const struct boot_mem *raw, unsigned count, uint64_t from, uint64_t to)
{
	uint32_t type = 0;

	for (unsigned i = 0; i < count; i++)
		if (raw[i].base <= from && mem_end(&raw[i]) >= to)
			type = MAX(type, raw[i].type);
	return type;
}

/* Usable bytes given up, then bytes never mentioned, if entries i and i + 1 became one. */
static void fold_cost(const struct boot_info *bi, unsigned i, uint64_t *lost, uint64_t *gap)
{
	const struct boot_mem *a = &bi->mem[i];
	const struct boot_mem *b = &bi->mem[i + 1];

	*lost = 0;
	if (a->type == BOOT_MEM_USABLE)
		*lost += a->bytes;
	if (b->type == BOOT_MEM_USABLE)
		*lost += b->bytes;
	*gap = b->base - mem_end(a);
}

/* Joins entry i + 1 to i, with all that lies between them. */
static void join_next(struct boot_info *bi, unsigned i, uint32_t type)
{
	bi->mem[i].bytes = mem_end(&bi->mem[i + 1]) - bi->mem[i].base;
	bi->mem[i].type = type;
	bi->mem_count--;
	memmove(&bi->mem[i + 1], &bi->mem[i + 2], (bi->mem_count - i - 1) * sizeof(bi->mem[0]));
}

static bool touch_alike(const struct boot_mem *a, const struct boot_mem *b)
{
	return a->type == b->type && mem_end(a) == b->base;
}

/*
 * Frees at least one slot of a full, ordered list: the two neighbours of which
 * least would be lost become one reserved range, with all between them.
 */
static void fold_cheapest(struct boot_info *bi)
{
	uint64_t least_lost = UINT64_MAX, least_gap = UINT64_MAX;
	unsigned best = 0;

	for (unsigned i = 0; i + 1 < bi->mem_count; i++) {
		uint64_t lost, gap;

		fold_cost(bi, i, &lost, &gap);
		if (lost < least_lost || (lost == least_lost && gap < least_gap)) {
			best = i;
			least_lost = lost;
			least_gap = gap;
		}
	}
	join_next(bi, best, BOOT_MEM_RESERVED);
	if (best + 1 < bi->mem_count && touch_alike(&bi->mem[best], &bi->mem[best + 1]))
		join_next(bi, best, BOOT_MEM_RESERVED);
	if (best > 0 && touch_alike(&bi->mem[best - 1], &bi->mem[best]))
		join_next(bi, best - 1, BOOT_MEM_RESERVED);
	bi->mem_is_partial = true;
}

static bool extend_last(struct boot_info *bi, const struct boot_mem *m)
{
	struct boot_mem *last;

	if (bi->mem_count == 0)
		return false;
	last = &bi->mem[bi->mem_count - 1];
	if (!touch_alike(last, m))
		return false;
	last->bytes += m->bytes;
	return true;
}

/* Adds a finished range which lies behind all others. */
static void emit(struct boot_info *bi, struct boot_mem m)
{
	uint64_t end = page_down(mem_end(&m));

	m.base = page_up(m.base);
	if (m.type == 0 || m.base >= end)
		return;
	m.bytes = end - m.base;
	if (extend_last(bi, &m))
		return;
	if (bi->mem_count == BOOT_MAX_MEM)
		fold_cheapest(bi);
	if (!extend_last(bi, &m))
		bi->mem[bi->mem_count++] = m;
}

static unsigned copy_normal(const struct boot_info *bi, struct boot_mem *raw, uint64_t *point)
{
	unsigned count = 0;

	for (unsigned i = 0; i < bi->mem_count && i < BOOT_MAX_MEM; i++) {
		raw[count] = bi->mem[i];
		if (!normalise(&raw[count]))
			continue;
		point[2 * count] = raw[count].base;
		point[2 * count + 1] = mem_end(&raw[count]);
		count++;
	}
	return count;
}

void boot_info_tidy(struct boot_info *bi)
{
	struct boot_mem raw[BOOT_MAX_MEM];
	uint64_t point[MAX_POINTS];
	unsigned count = copy_normal(bi, raw, point);
	struct boot_mem run = {0, 0, 0};

	sort_points(point, 2 * count);
	bi->mem_count = 0;
	for (unsigned i = 0; i + 1 < 2 * count; i++) {
		uint32_t type = type_between(raw, count, point[i], point[i + 1]);

		if (point[i] == point[i + 1])
			continue;
		if (type != run.type) {
			emit(bi, run);
			run = (struct boot_mem){.base = point[i], .type = type};
		}
		run.bytes = point[i + 1] - run.base;
	}
	emit(bi, run);
}

void boot_info_add_mem(struct boot_info *bi, uint64_t base, uint64_t bytes, uint32_t type)
{
	if (bi->mem_count == BOOT_MAX_MEM)
		boot_info_tidy(bi);
	if (bi->mem_count == BOOT_MAX_MEM)
		fold_cheapest(bi);
	bi->mem[bi->mem_count].base = base;
	bi->mem[bi->mem_count].bytes = bytes;
	bi->mem[bi->mem_count].type = type;
	bi->mem_count++;
}

void boot_info_add_basic_mem(struct boot_info *bi, uint32_t lower_kib, uint32_t upper_kib)
{
	boot_info_add_mem(bi, 0, KIB(MIN(lower_kib, 640u)), BOOT_MEM_USABLE);
	boot_info_add_mem(bi, MIB(1), (uint64_t)upper_kib << 10, BOOT_MEM_USABLE);
}

uint64_t boot_info_usable_bytes(const struct boot_info *bi)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_USABLE)
			bytes += bi->mem[i].bytes;
	return bytes;
}
