/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that the processor serves itself, in the order they came, piece by
 * piece. While a request is here its next and progress are the queue's.
 */
#ifndef GATEHOUSE_CORE_BLOCK_QUEUE_H
#define GATEHOUSE_CORE_BLOCK_QUEUE_H

#include "core/block.h"

/* One step() of a disk: sectors moved, and what a request costs besides (its maker's done()). */
#define BLOCK_STEP_SECTORS (KIB(32) / BLOCK_SECTOR)
#define BLOCK_STEP_REQUEST 16u

struct block_queue {
	struct block_request *first, *last;
	unsigned segment; /* where the first one's data go on */
	uint32_t offset;  /* bytes within that segment */
};

void block_queue_add(struct block_queue *q, struct block_request *r);

/* All of these are about the first request; there must be one. */

/* Sectors still to be done; of a FLUSH 0. */
uint32_t block_queue_left(const struct block_queue *q);

/* Sectors that come next and lie in one piece of memory, of a READ or WRITE with any left. */
uint32_t block_queue_piece(const struct block_queue *q, uint8_t **at);

/* The next sectors are done. Their end need not be a piece's. */
void block_queue_advance(struct block_queue *q, uint32_t sectors);

/* Lists the memory of the next sectors, at most what is left; returns how many segments. */
unsigned block_queue_list(const struct block_queue *q, uint32_t sectors,
			  struct block_segment list[BLOCK_SEGMENTS]);

/* Takes it off, then tells its maker, who may add another meanwhile. */
void block_queue_finish(struct block_queue *q, int error);

#endif
