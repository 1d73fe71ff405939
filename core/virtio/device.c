/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every virtio device has, whatever transport leads to it. */
#include "core/virtio/device.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "core/lib.h"

void virtio_device_init(struct virtio_device *d, const struct virtio_kind *kind,
			const struct vmem *mem, uint64_t offered)
{
	memset(d, 0, sizeof(*d));
	d->kind = kind;
	d->mem = *mem;
	d->offered = offered | 1ull << VIRTIO_RING_F_INDIRECT_DESC |
		     1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VIRTIO_F_VERSION_1;
	virtio_device_reset(d);
}

void virtio_device_reset(struct virtio_device *d)
{
	d->status = d->isr = 0;
	d->work_left = false;
	d->accepted = 0;
	memset(d->queues, 0, sizeof(d->queues));
	for (unsigned i = 0; i < d->kind->queues; i++) {
		d->queues[i].num = d->kind->queue_num;
		d->queues[i].ring.is_broken = true; /* it has no memory: nobody may look into it */
	}
	if (d->kind->reset)
		d->kind->reset(d);
}

void virtio_device_restart(struct virtio_device *d, const struct vmem *mem)
{
	d->mem = *mem;
	d->generation = 0;
	virtio_device_reset(d);
}

static bool features_are_fine(const struct virtio_device *d)
{
	return !(d->accepted & ~d->offered) && virtio_has(d, VIRTIO_F_VERSION_1);
}

void virtio_set_status(struct virtio_device *d, uint8_t status)
{
	uint8_t before = d->status;

	if (status == 0) {
		virtio_device_reset(d);
		return;
	}
	if (status & VIRTIO_CONFIG_S_FEATURES_OK && !(before & VIRTIO_CONFIG_S_FEATURES_OK) &&
	    !features_are_fine(d))
		status &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
	d->status = status | (before & VIRTIO_CONFIG_S_NEEDS_RESET);
	if (status & ~before & VIRTIO_CONFIG_S_DRIVER_OK && d->kind->ready)
		d->kind->ready(d);
}

static void set_ring_features(struct virtio_device *d, struct virtq *r)
{
	r->has_indirect = virtio_has(d, VIRTIO_RING_F_INDIRECT_DESC);
	r->has_event_idx = virtio_has(d, VIRTIO_RING_F_EVENT_IDX);
}

void virtio_accept(struct virtio_device *d, uint64_t features)
{
	d->accepted = features;
	for (unsigned i = 0; i < d->kind->queues; i++)
		set_ring_features(d, &d->queues[i].ring);
}

void virtio_enable_queue(struct virtio_device *d, unsigned queue)
{
	struct virtio_queue *q;

	if (queue >= d->kind->queues)
		return;
	q = &d->queues[queue];
	if (q->is_enabled)
		return;
	virtq_init_split(&q->ring, &d->mem, q->num, q->desc, q->avail, q->used);
	set_ring_features(d, &q->ring);
	q->is_enabled = true;
}

void virtio_notify(struct virtio_device *d, unsigned queue)
{
	if (queue < d->kind->queues && d->queues[queue].is_enabled && virtio_is_ready(d))
		d->kind->notify(d, queue);
}

void virtio_wants_work(struct virtio_device *d)
{
	d->work_left = true;
	if (d->work_came)
		d->work_came(d);
}

void virtio_work(struct virtio_device *d)
{
	if (!d->work_left)
		return;
	d->work_left = false;
	d->kind->work(d);
}

bool virtio_is_busy(const struct virtio_device *d)
{
	return d->kind->is_busy && d->kind->is_busy(d);
}

static void raise(struct virtio_device *d, uint8_t isr)
{
	d->isr |= isr;
	d->raise(d);
}

void virtio_used(struct virtio_device *d, unsigned queue)
{
	if (virtq_wants_interrupt(&d->queues[queue].ring))
		raise(d, VIRTIO_ISR_QUEUE);
}

void virtio_config_changed(struct virtio_device *d)
{
	d->generation++;
	if (virtio_is_ready(d))
		raise(d, VIRTIO_ISR_CONFIG);
}

const char *virtio_check(struct virtio_device *d)
{
	for (unsigned i = 0; i < d->kind->queues; i++) {
		const char *why = d->queues[i].ring.why;

		if (!why)
			continue;
		d->queues[i].ring.why = NULL;
		d->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
		raise(d, VIRTIO_ISR_CONFIG);
		return why;
	}
	return NULL;
}

static bool config_has(const struct virtio_device *d, uint32_t offset, uint32_t bytes)
{
	return offset <= d->kind->config_bytes && bytes <= d->kind->config_bytes - offset;
}

uint32_t virtio_config_read(const struct virtio_device *d, uint32_t offset, uint32_t bytes)
{
	uint32_t value = 0;

	if (config_has(d, offset, bytes))
		memcpy(&value, d->config + offset, bytes);
	return value;
}

void virtio_config_write(struct virtio_device *d, uint32_t offset, uint32_t bytes, uint32_t value)
{
	const struct virtio_kind *k = d->kind;

	if (offset < k->writable_from || offset - k->writable_from >= k->writable_bytes ||
	    bytes > k->writable_bytes - (offset - k->writable_from))
		return;
	memcpy(d->config + offset, &value, bytes);
	k->config_written(d, offset, bytes);
}
