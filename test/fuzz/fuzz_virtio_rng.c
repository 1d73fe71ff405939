/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes an entropy device: the input is a byte of ring features, then the
 * guest's memory with the ring at its begin. Each buffer that comes back was
 * filled as far as the device says, by the fill function alone.
 */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/rng.c */
#include "core/virtio/rng.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY 0x1000u
#define NUM    16u
#define AVAIL  0x100u
#define USED   0x180u
#define BUDGET 1024u
#define GOES   100u

static struct virtio_rng rng;
static uint8_t *memory;
static uint32_t filled, fills;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void fake_fill(void *to, uint32_t bytes)
{
	check(bytes > 0);
	memset(to, (int)filled, bytes);
	filled += bytes;
	fills++;
}

static void fake_raise(struct virtio_device *d)
{
	check(d == &rng.device);
}

/* A go: what used elements say was written is what was filled, unless that changed them. */
static void go(void (*step)(struct virtio_device *d))
{
	const struct virtq *r = &rng.device.queues[0].ring;
	uint16_t before = r->used_idx;

	filled = fills = 0;
	step(&rng.device);
	check(filled <= BUDGET && fills <= BUDGET / 64);
	check((uint16_t)(r->used_idx - before) <= BUDGET / 8);
	check(!rng.device.work_left || filled || r->used_idx != before);
}

static void kick(struct virtio_device *d)
{
	virtio_notify(d, 0);
}

static void set_up(uint8_t features)
{
	struct virtio_queue *q = &rng.device.queues[0];

	virtio_set_status(&rng.device, 3);
	virtio_accept(&rng.device, (uint64_t)(features & 3) << 28 | 1ull << 32);
	virtio_set_status(&rng.device, 11);
	q->num = NUM;
	q->avail = AVAIL;
	q->used = USED;
	virtio_enable_queue(&rng.device, 0);
	virtio_set_status(&rng.device, 15);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmem mem = {.bytes = MEMORY};

	if (!size)
		return 0;
	memory = mem.base = calloc(1, MEMORY);
	memcpy(memory, data + 1, MIN(size - 1, MEMORY));
	virtio_rng_init(&rng, &mem, fake_fill);
	rng.device.raise = fake_raise;
	set_up(data[0]);
	go(kick);
	/* filling the ring itself can go on for ever, a piece at a time */
	for (unsigned i = 0; i < GOES && rng.device.work_left; i++)
		go(virtio_work);
	virtio_check(&rng.device);
	virtio_set_status(&rng.device, 0);
	go(virtio_work);
	check(!filled);
	free(memory);
	return 0;
}
