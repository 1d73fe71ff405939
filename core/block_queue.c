/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that the processor serves itself, in the order they came, piece by piece. */
#include "core/block_queue.h"

#include "core/util.h"

static void rewind(struct block_queue *q)
{
	q->segment = 0;
	q->offset = 0;
}

void block_queue_add(struct block_queue *q, struct block_request *r)
{
	r->next = NULL;
	r->progress = 0;
	if (q->first) {
		q->last->next = r;
	} else {
		q->first = r;
		rewind(q);
	}
	q->last = r;
}

uint32_t block_queue_left(const struct block_queue *q)
{
	return q->first->op == BLOCK_FLUSH ? 0 : q->first->sectors - q->first->progress;
}

uint32_t block_queue_piece(const struct block_queue *q, uint8_t **at)
{
	const struct block_segment *s = &q->first->segments[q->segment];

	*at = (uint8_t *)s->at + q->offset;
	return (s->bytes - q->offset) / BLOCK_SECTOR;
}

static bool has_data(const struct block_request *r)
{
	return r->op == BLOCK_READ || r->op == BLOCK_WRITE;
}

void block_queue_advance(struct block_queue *q, uint32_t sectors)
{
	const struct block_request *r = q->first;

	q->first->progress += sectors;
	q->offset += has_data(r) ? sectors * BLOCK_SECTOR : 0;
	while (q->offset && q->offset >= r->segments[q->segment].bytes)
		q->offset -= r->segments[q->segment++].bytes;
}

unsigned block_queue_list(const struct block_queue *q, uint32_t sectors,
			  struct block_segment list[BLOCK_SEGMENTS])
{
	struct block_queue at = *q;
	unsigned count = 0;

	for (; sectors; count++) {
		uint8_t *memory;
		uint32_t n = MIN(block_queue_piece(&at, &memory), sectors);

		list[count] = (struct block_segment){memory, n * BLOCK_SECTOR};
		at.segment++;
		at.offset = 0;
		sectors -= n;
	}
	return count;
}

void block_queue_finish(struct block_queue *q, int error)
{
	struct block_request *r = q->first;

	q->first = r->next;
	rewind(q);
	r->done(r, error);
}
