/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one allocator of physical memory: page frames, each with an owner. */
#include "core/frames.h"

#include "core/errno.h"
#include "core/lib.h"

void frames_init(struct frames *f, uint8_t *owner, uint32_t count)
{
	f->owner = owner;
	f->count = count;
	memset(owner, FRAME_ABSENT, count);
	memset(f->held, 0, sizeof(f->held));
	f->held[FRAME_ABSENT] = count;
}

static void set_one(struct frames *f, uint32_t n, unsigned owner)
{
	f->held[f->owner[n]]--;
	f->owner[n] = (uint8_t)owner;
	f->held[owner]++;
}

void frames_set(struct frames *f, uint64_t start, uint64_t end, unsigned owner)
{
	uint64_t grow = owner == FRAME_FREE ? 0 : PAGE_SIZE - 1;
	uint64_t first = (start + (PAGE_SIZE - 1) - grow) >> PAGE_SHIFT;
	uint64_t last = (end + grow) >> PAGE_SHIFT;

	for (uint64_t n = first; n < last && n < f->count; n++)
		set_one(f, (uint32_t)n, owner);
}

/* How many of count frames from n on are free. */
static uint32_t free_run(const struct frames *f, uint32_t n, uint32_t count)
{
	uint32_t run = 0;

	while (run < count && n + run < f->count && f->owner[n + run] == FRAME_FREE)
		run++;
	return run;
}

hpa_t frames_alloc(struct frames *f, uint32_t count, uint32_t align, unsigned owner)
{
	if (count == 0 || count > f->count)
		return 0;
	for (uint32_t n = ALIGN_DOWN(f->count - count, align); n > 0; n -= align) {
		if (free_run(f, n, count) < count)
			continue;
		for (uint32_t i = 0; i < count; i++)
			set_one(f, n + i, owner);
		return n << PAGE_SHIFT;
	}
	return 0;
}

int frames_free(struct frames *f, hpa_t start, uint32_t count, unsigned owner)
{
	uint32_t first = start >> PAGE_SHIFT;

	if (start & ~PAGE_MASK || first > f->count || count > f->count - first)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		if (f->owner[first + i] != owner)
			return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		set_one(f, first + i, FRAME_FREE);
	return 0;
}

uint32_t frames_largest(const struct frames *f, uint32_t align)
{
	uint32_t best = 0;

	for (uint32_t n = align; n < f->count; n += align) {
		uint32_t run = free_run(f, n, f->count);

		best = MAX(best, run);
		n += ALIGN_DOWN(run, align);
	}
	return best;
}
