/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes a virtio disk. The first byte chooses the kind of disk and what the
 * driver accepts; then operations of eight bytes: what, size, where (2), value (4).
 */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/blk.c */
#include "core/virtio/blk.h"

#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY  0x4000u
#define SECTORS 64u
#define NUM     16u
#define AVAIL   0x100u
#define USED    0x180u

enum { POKE, POKE_NEAR, OFFER, NOTIFY, WORK, FINISH, FAIL, ROOM, RESET, OPERATIONS };

static struct virtio_blk blk;
static struct block_disk disk;
static uint8_t *memory, *medium;
static struct block_request *pending[VIRTIO_BLK_REQUESTS];
static unsigned count, room;
static uint64_t features;

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* Guest memory, or the buffer requests bounce in. */
static void check_segment(const struct block_segment *s)
{
	uintptr_t at = (uintptr_t)s->at, guest = (uintptr_t)memory, bounce = (uintptr_t)blk.bounce;

	check(at % 4 == 0 && s->bytes && s->bytes % 512 == 0 && s->bytes <= BLOCK_SEGMENT_MAX);
	check((at >= guest && at + s->bytes <= guest + MEMORY) ||
	      (at == bounce && s->bytes <= sizeof(blk.bounce)));
}

static int submit(struct block_disk *d, struct block_request *r)
{
	uint32_t bytes = 0;

	check(d == &disk);
	if (r->op != BLOCK_FLUSH) {
		check(r->sectors && r->sector <= SECTORS && r->sectors <= SECTORS - r->sector);
		check(r->op == BLOCK_READ || !disk.read_only);
	}
	if (r->op == BLOCK_READ || r->op == BLOCK_WRITE) {
		check(r->count && r->count <= BLOCK_SEGMENTS);
		for (unsigned i = 0; i < r->count; i++) {
			check_segment(&r->segments[i]);
			bytes += r->segments[i].bytes;
		}
		check(bytes == r->sectors * 512);
	}
	for (unsigned i = 0; i < count; i++)
		check(pending[i] != r);
	if (count >= room)
		return -EAGAIN;
	pending[count++] = r;
	return 0;
}

static void finish(unsigned n, int error)
{
	struct block_request *r = pending[n];
	uint8_t *at = medium + r->sector * 512;

	pending[n] = pending[--count];
	for (unsigned i = 0; i < r->count && !error; at += r->segments[i++].bytes) {
		if (r->op == BLOCK_READ)
			memcpy(r->segments[i].at, at, r->segments[i].bytes);
		else if (r->op == BLOCK_WRITE)
			memcpy(at, r->segments[i].at, r->segments[i].bytes);
	}
	r->done(r, error);
}

static bool step(struct block_disk *d)
{
	if (count)
		finish(0, 0);
	return count;
}

static const struct block_ops ops = {.submit = submit};
static const struct block_ops stepped_ops = {.submit = submit, .step = step};

static void fake_interrupt(struct virtio_device *d)
{
	check(d == &blk.device);
}

static uint16_t get16(uint32_t at)
{
	uint16_t value;

	memcpy(&value, memory + at, 2);
	return value;
}

static void put16(uint32_t at, uint16_t value)
{
	memcpy(memory + at, &value, 2);
}

/* A driver with its ring at 0; requests of before stay on their way. */
static void start(void)
{
	struct virtio_queue *q = &blk.device.queues[0];

	virtio_set_status(&blk.device, 0);
	virtio_set_status(&blk.device, 3);
	blk.device.accepted = (features & blk.device.offered) | 1ull << 32;
	virtio_set_status(&blk.device, 11);
	q->num = NUM;
	q->avail = AVAIL;
	q->used = USED;
	put16(AVAIL + 2, 0);
	put16(USED + 2, 0);
	virtio_enable_queue(&blk.device, 0);
	virtio_set_status(&blk.device, 15);
}

static void check_device(void)
{
	const struct virtq *r = &blk.device.queues[0].ring;
	unsigned busy = 0, waiting = 0, orphans = 0;

	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
		const struct virtio_blk_request *q = &blk.requests[i];

		busy += q->owner != NULL;
		waiting += q->owner && q->is_waiting;
		orphans += q->owner && q->is_orphan;
	}
	check(busy == blk.in_flight && busy - waiting == count);
	check(virtio_is_busy(&blk.device) == (busy != 0));
	check(!blk.bouncing || blk.bouncing->owner == &blk);
	/* What was taken is on its way or was answered, exactly once. */
	if (!r->is_broken)
		check((uint16_t)(r->last_avail - r->used_idx) == busy - orphans);
	/* Nothing stands still for ever. */
	if (waiting && !count)
		check(blk.device.work_left);
}

static void operate(const uint8_t *op)
{
	unsigned bytes = 1u << op[1] % 4;
	uint16_t at;
	uint64_t value = 0;

	memcpy(&at, op + 2, 2);
	memcpy(&value, op + 4, 4);
	switch (op[0] % OPERATIONS) {
	case POKE:
		memcpy(memory + at % (MEMORY - 8), &value, bytes);
		break;
	case POKE_NEAR:
		memcpy(memory + at % 0x300, &value, bytes);
		break;
	case OFFER:
		put16(AVAIL + 4 + 2 * (get16(AVAIL + 2) % NUM), (uint16_t)value % NUM);
		put16(AVAIL + 2, get16(AVAIL + 2) + 1);
		break;
	case NOTIFY:
		virtio_notify(&blk.device, 0);
		break;
	case FINISH:
	case FAIL:
		if (count)
			finish(at % count, op[0] % OPERATIONS == FAIL ? -EIO : 0);
		break;
	case ROOM:
		room = at % (VIRTIO_BLK_REQUESTS + 1);
		break;
	case RESET:
		start();
		break;
	default:
		virtio_work(&blk.device);
	}
}

/* All comes to an end, also what was on its way at a reset. */
static void drain(void)
{
	room = VIRTIO_BLK_REQUESTS;
	virtio_set_status(&blk.device, 0);
	while (count)
		finish(0, 0);
	check(!virtio_is_busy(&blk.device));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmem mem = {.bytes = MEMORY};

	if (!size)
		return 0;
	memory = mem.base = calloc(1, MEMORY);
	medium = calloc(1, SECTORS * 512);
	disk = (struct block_disk){.ops = data[0] & 1 ? &stepped_ops : &ops,
				   .sectors = SECTORS,
				   .read_only = data[0] & 2,
				   .can_discard = data[0] & 4,
				   .can_write_zeroes = data[0] & 4};
	features = data[0] & 8 ? 0xFFFFFFFF : (uint64_t)(data[0] >> 4) << 28;
	memset(&blk, 0xEE, sizeof(blk));
	virtio_blk_init(&blk, &mem, &disk, "fuzz");
	blk.device.raise = fake_interrupt;
	count = 0;
	room = VIRTIO_BLK_REQUESTS;
	start();
	for (size_t i = 1; i + 8 <= size; i += 8) {
		operate(data + i);
		virtio_check(&blk.device);
		check_device();
	}
	drain();
	free(medium);
	free(memory);
	return 0;
}
