/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio entropy device (virtio 1.0, 5.4): random bytes into whatever buffers come. */
#include "core/virtio/rng.h"

#include <linux/virtio_ids.h>

#include "core/util.h"

/* Bytes at one go, so that an exit stays short (design section 3): 40 us at 1 ns an instruction. */
#define BUDGET 1024u

/* What a descriptor counts for: a chain may be long and empty. */
#define DESCRIPTOR_COST 8u

/* What a piece counts for beside its bytes: the generator makes blocks. */
#define PIECE_COST 64u

static struct virtio_rng *rng_of(struct virtio_device *d)
{
	return container_of(d, struct virtio_rng, device);
}

/* At least one byte of the buffer, if it has any; the rest may stay as it is (5.4.6.1). */
static uint32_t fill_buffer(struct virtio_rng *r, const struct virtq_buffer *b, uint32_t *budget)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < b->count && *budget; i++) {
		const struct virtq_segment *s = &b->segments[i];
		uint32_t n = MIN(s->bytes, *budget);

		if (!s->device_writes || !n)
			continue;
		r->fill(r->device.mem.base + s->gpa, n);
		bytes += n;
		*budget -= MIN(*budget, n + PIECE_COST);
	}
	*budget -= MIN(*budget, b->count * DESCRIPTOR_COST);
	return bytes;
}

static void work(struct virtio_device *d)
{
	struct virtq *r = &d->queues[0].ring;
	uint32_t budget = BUDGET;
	struct virtq_buffer b;

	while (budget && virtq_pop(r, &b)) {
		virtq_push(r, &b, fill_buffer(rng_of(d), &b, &budget));
		virtio_used(d, 0);
	}
	d->work_left = !budget && virtq_has_buffer(r);
}

static void notify(struct virtio_device *d, unsigned queue)
{
	(void)queue;
	work(d);
}

static const struct virtio_kind kind = {
	.name = "rng",
	.id = VIRTIO_ID_RNG,
	.queues = 1,
	.queue_num = 64,
	.notify = notify,
	.work = work,
};

void virtio_rng_init(struct virtio_rng *r, const struct vmem *mem,
		     void (*fill)(void *to, uint32_t bytes))
{
	r->fill = fill;
	virtio_device_init(&r->device, &kind, mem, 0);
}
