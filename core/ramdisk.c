/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk in memory. */
#include "core/ramdisk.h"

#include "core/lib.h"
#include "core/util.h"

static struct ramdisk *ramdisk_of(struct block_disk *d)
{
	return container_of(d, struct ramdisk, disk);
}

static int submit(struct block_disk *d, struct block_request *r)
{
	block_queue_add(&ramdisk_of(d)->queue, r);
	return 0;
}

/* Moves what lies in one piece, at most the budget; returns how many sectors that was. */
static uint32_t move(struct ramdisk *d, uint32_t budget)
{
	struct block_queue *q = &d->queue;
	const struct block_request *r = q->first;
	uint8_t *disk = d->memory + (uint32_t)(r->sector + r->progress) * BLOCK_SECTOR, *at;
	uint32_t sectors = MIN(block_queue_left(q), budget);

	if (!sectors)
		return 0;
	if (r->op == BLOCK_WRITE_ZEROES) {
		memset(disk, 0, sectors * BLOCK_SECTOR);
		return sectors;
	}
	sectors = MIN(sectors, block_queue_piece(q, &at));
	if (r->op == BLOCK_READ)
		memcpy(at, disk, sectors * BLOCK_SECTOR);
	else
		memcpy(disk, at, sectors * BLOCK_SECTOR);
	return sectors;
}

static bool step(struct block_disk *disk)
{
	struct ramdisk *d = ramdisk_of(disk);
	struct block_queue *q = &d->queue;
	uint32_t budget = BLOCK_STEP_SECTORS;

	while (q->first && budget) {
		uint32_t n = move(d, budget);

		budget -= n;
		block_queue_advance(q, n);
		if (block_queue_left(q))
			continue;
		block_queue_finish(q, 0);
		budget -= MIN(budget, BLOCK_STEP_REQUEST);
	}
	return q->first;
}

static const struct block_ops ops = {.submit = submit, .step = step};

void ramdisk_init(struct ramdisk *r, void *memory, uint32_t bytes, bool read_only)
{
	memset(r, 0, sizeof(*r));
	r->memory = memory;
	r->disk.ops = &ops;
	r->disk.sectors = bytes / BLOCK_SECTOR;
	r->disk.physical_bytes = BLOCK_SECTOR;
	r->disk.read_only = read_only;
	r->disk.can_write_zeroes = true;
	snprintf(r->disk.model, sizeof(r->disk.model), "memory");
}
