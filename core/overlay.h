/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: a disk that can be written to and leaves the one below as it is.
 * What is written stays in memory that is handed over once.
 */
#ifndef GATEHOUSE_CORE_OVERLAY_H
#define GATEHOUSE_CORE_OVERLAY_H

#include "core/block_queue.h"

/* Pages an empty overlay needs besides the data, and one page of data. */
#define OVERLAY_PAGES_MIN 8u
#define OVERLAY_PAGES_MAX (1u << 20)

struct overlay {
	struct block_disk disk; /* looks like the one below, but for being writable */
	struct block_disk *below;
	uint32_t *memory; /* pages: page 0 is the root of the tree, the others nodes and data */
	uint32_t pages, used;
	unsigned levels; /* of the tree */
	bool is_below;   /* the first request waits for the disk below */
	struct block_queue queue;
	struct block_request request; /* for the disk below */
	struct block_segment segments[BLOCK_SEGMENTS];
};

/*
 * memory: pages of 4 KiB, contiguous, OVERLAY_PAGES_MIN to _MAX of them, the
 * overlay's until its user has no request with it any more. A page holds data
 * of 4 KiB of the disk; about one in 1000 is lost for the tree, more if what
 * is written lies far apart. When it is full writes fail with -ENOSPC. Takes
 * below->wake and below->owner.
 */
void overlay_init(struct overlay *o, struct block_disk *below, void *memory, uint32_t pages);

/* Forgets all that was written. No request may be under way. */
void overlay_clear(struct overlay *o);

#endif
