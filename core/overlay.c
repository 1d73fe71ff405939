/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: what is written stays in memory. Which sectors those are says a
 * tree over the disk's 4 KiB blocks: all its nodes are pages of that memory, so
 * that it needs as much as is written, and a look-up takes few steps whatever
 * a guest writes where.
 *
 *	node: 1024 entries     31            8 7       0
 *	                      | page in memory | sectors |   0: nothing was written there
 *	sectors: in the last level, bit n: sector n of the block is in that page
 */
#include "core/overlay.h"

#include "core/errno.h"
#include "core/lib.h"
#include "core/util.h"

#define BLOCK_SECTORS (PAGE_SIZE / BLOCK_SECTOR)
#define NODE_BITS     10u
#define NODE_ENTRIES  (1u << NODE_BITS)
#define LEVELS_MAX    5u /* 2^53 sectors */
#define PAGE_OF(e)    ((e) >> 8)
#define SECTORS_OF(e) ((e)&0xFFu)

/* Sectors looked up at one go, to find how much to read from the disk below. */
#define LOOK_AHEAD 2048u

static struct overlay *overlay_of(struct block_disk *d)
{
	return container_of(d, struct overlay, disk);
}

static uint32_t *page_at(const struct overlay *o, uint32_t page)
{
	return o->memory + page * (PAGE_SIZE / sizeof(uint32_t));
}

/* The place of the block's entry within the node it has at that level; 0 is the last level. */
static unsigned place(uint64_t block, unsigned level)
{
	return (unsigned)(block >> NODE_BITS * level) & (NODE_ENTRIES - 1);
}

/* The sector's block in the last level; NULL if nothing near was written. */
static uint32_t *find(const struct overlay *o, uint64_t sector)
{
	uint32_t *node = o->memory;

	for (unsigned level = o->levels - 1; level; level--) {
		uint32_t entry = node[place(sector / BLOCK_SECTORS, level)];

		if (!entry)
			return NULL;
		node = page_at(o, PAGE_OF(entry));
	}
	return &node[place(sector / BLOCK_SECTORS, 0)];
}

/* The same, with a page for its data; NULL: no memory left. */
static uint32_t *find_or_add(struct overlay *o, uint64_t sector)
{
	uint32_t *node = o->memory;

	for (unsigned level = o->levels - 1;; level--) {
		uint32_t *entry = &node[place(sector / BLOCK_SECTORS, level)];

		if (!*entry) {
			if (o->used == o->pages)
				return NULL;
			*entry = o->used++ << 8;
			if (level)
				memset(page_at(o, PAGE_OF(*entry)), 0, PAGE_SIZE);
		}
		if (!level)
			return entry;
		node = page_at(o, PAGE_OF(*entry));
	}
}

/* Which sectors from this one on, up to the end of its block, were written. */
static uint32_t written_bits(const uint32_t *entry, uint64_t sector)
{
	return entry ? SECTORS_OF(*entry) >> sector % BLOCK_SECTORS : 0;
}

/* How many sectors from this one on, at most max, were not written. */
static uint32_t count_unwritten(const struct overlay *o, uint64_t sector, uint32_t max)
{
	uint32_t n = 0;

	while (n < max) {
		uint32_t bits = written_bits(find(o, sector + n), sector + n);

		if (bits) {
			n += (uint32_t)__builtin_ctz(bits);
			break;
		}
		n += BLOCK_SECTORS - (uint32_t)(sector + n) % BLOCK_SECTORS;
	}
	return MIN(n, max);
}

/* Where the sector's data are, in a page that its block has. */
static uint8_t *data_at(const struct overlay *o, uint32_t entry, uint64_t sector)
{
	return (uint8_t *)page_at(o, PAGE_OF(entry)) + sector % BLOCK_SECTORS * BLOCK_SECTOR;
}

static void below_done(struct block_request *below, int error)
{
	struct overlay *o = container_of(below, struct overlay, request);

	o->is_below = false;
	if (!error)
		block_queue_advance(&o->queue, below->sectors);
	if (error || !block_queue_left(&o->queue))
		block_queue_finish(&o->queue, error);
	if (o->queue.first && o->disk.wake)
		o->disk.wake(&o->disk);
}

static void read_below(struct overlay *o, uint64_t sector)
{
	uint32_t max = MIN(block_queue_left(&o->queue), LOOK_AHEAD);
	uint32_t sectors = count_unwritten(o, sector, max);

	o->request = (struct block_request){
		.op = BLOCK_READ,
		.sector = sector,
		.sectors = sectors,
		.count = block_queue_list(&o->queue, sectors, o->segments),
		.segments = o->segments,
		.done = below_done,
	};
	o->is_below = o->below->ops->submit(o->below, &o->request) == 0;
}

/* At most max sectors of the first request, one block's. Returns how many, or -ENOSPC. */
static int write_block(struct overlay *o, uint64_t sector, uint32_t max)
{
	uint32_t within = sector % BLOCK_SECTORS, n = MIN(max, BLOCK_SECTORS - within);
	uint32_t *entry = find_or_add(o, sector);
	uint8_t *from;

	if (!entry)
		return -ENOSPC;
	if (o->queue.first->op == BLOCK_WRITE_ZEROES) {
		memset(data_at(o, *entry, sector), 0, n * BLOCK_SECTOR);
	} else {
		n = MIN(n, block_queue_piece(&o->queue, &from));
		memcpy(data_at(o, *entry, sector), from, n * BLOCK_SECTOR);
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.*): n is at most BLOCK_SECTORS, 8 */
	*entry |= ((1u << n) - 1) << within;
	return (int)n;
}

/* The same of a READ. 0: the disk below was asked. */
static int read_block(struct overlay *o, uint64_t sector, uint32_t max)
{
	uint32_t *entry = find(o, sector), bits = written_bits(entry, sector), n;
	uint8_t *to;

	if (!entry || !(bits & 1)) {
		read_below(o, sector);
		return 0;
	}
	n = MIN((uint32_t)__builtin_ctz(~bits), MIN(max, block_queue_piece(&o->queue, &to)));
	memcpy(to, data_at(o, *entry, sector), n * BLOCK_SECTOR);
	return (int)n;
}

static int move(struct overlay *o, uint32_t budget)
{
	const struct block_request *r = o->queue.first;
	uint64_t sector = r->sector + r->progress;
	uint32_t max = MIN(block_queue_left(&o->queue), budget);

	return r->op == BLOCK_READ ? read_block(o, sector, max) : write_block(o, sector, max);
}

/* True: the queue's first request is, or can be, worked on here. */
static bool has_work(const struct overlay *o)
{
	return o->queue.first && !o->is_below;
}

static bool step(struct block_disk *d)
{
	struct overlay *o = overlay_of(d);
	struct block_queue *q = &o->queue;
	uint32_t budget = BLOCK_STEP_SECTORS;

	if (o->is_below)
		return (o->below->ops->step && o->below->ops->step(o->below)) || has_work(o);
	while (has_work(o) && budget) {
		int n = block_queue_left(q) ? move(o, budget) : 0;

		if (n > 0) {
			block_queue_advance(q, (uint32_t)n);
			budget -= (uint32_t)n;
		}
		if (n < 0 || !block_queue_left(q)) {
			block_queue_finish(q, MIN(n, 0));
			budget -= MIN(budget, BLOCK_STEP_REQUEST);
		} else if (!n) {
			break; /* it is up to the disk below; if that had no room, again at the next
				  step */
		}
	}
	return has_work(o) || (o->is_below && o->below->ops->step);
}

static int submit(struct block_disk *d, struct block_request *r)
{
	block_queue_add(&overlay_of(d)->queue, r);
	return 0;
}

static void wake(struct block_disk *below)
{
	struct overlay *o = below->owner;

	if (o->disk.wake)
		o->disk.wake(&o->disk);
}

static const struct block_ops ops = {.submit = submit, .step = step};

void overlay_init(struct overlay *o, struct block_disk *below, void *memory, uint32_t pages)
{
	memset(o, 0, sizeof(*o));
	o->disk = *below;
	o->disk.ops = &ops;
	o->disk.read_only = false;
	o->disk.can_discard = false;
	o->disk.can_write_zeroes = true;
	o->disk.wake = NULL;
	o->disk.owner = NULL;
	o->below = below;
	o->memory = memory;
	o->pages = MIN(pages, OVERLAY_PAGES_MAX);
	o->levels = 1;
	while (o->levels < LEVELS_MAX &&
	       (below->sectors - 1) / BLOCK_SECTORS >> NODE_BITS * o->levels)
		o->levels++;
	below->owner = o;
	below->wake = wake;
	overlay_clear(o);
}

void overlay_clear(struct overlay *o)
{
	memset(o->memory, 0, PAGE_SIZE);
	o->used = 1;
}
