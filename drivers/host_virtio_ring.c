/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's side of a split virtqueue (virtio 1.0, 2.4), in memory shared with a device. */
#include "drivers/host_virtio_ring.h"

#include "core/lib.h"
#include "core/util.h"

_Static_assert(HOST_RING_MAX *(sizeof(struct vring_desc) + 2) + 6 <= 2 * HOST_RING_ALIGN,
	       "descriptors and available ring fit in front of the used ring");
_Static_assert(2 * HOST_RING_ALIGN + HOST_RING_MAX * sizeof(struct vring_used_elem) + 6 <=
		       HOST_RING_BYTES,
	       "the ring fits in its memory");

/* The device is another processor, as it were: what it sees must be in order (2.4.7). */
static void barrier(void)
{
	__sync_synchronize();
}

void host_ring_init(struct host_ring *r, void *memory, uint16_t num, uint16_t stride,
		    uint16_t slots)
{
	uint8_t *at = memory;
	uint32_t front = num * (uint32_t)sizeof(struct vring_desc);

	memset(memory, 0, HOST_RING_BYTES);
	*r = (struct host_ring){.num = num, .stride = stride, .slots = slots};
	r->desc = memory;
	r->avail = (struct vring_avail *)(at + front);
	r->used = (struct vring_used *)(at + ALIGN_UP(front + 2u * (3u + num), HOST_RING_ALIGN));
}

struct vring_desc *host_ring_slot(struct host_ring *r, unsigned slot)
{
	return r->desc + slot * r->stride;
}

void host_ring_link(struct vring_desc *table, unsigned first, unsigned n, const void *at,
		    uint32_t bytes, uint16_t flags)
{
	table[n] = (struct vring_desc){
		.addr = (uintptr_t)at,
		.len = bytes,
		.flags = flags,
		.next = flags & VRING_DESC_F_NEXT ? (uint16_t)(first + n + 1) : 0,
	};
}

void host_ring_give(struct host_ring *r, unsigned slot)
{
	uint16_t idx = r->avail->idx;

	r->is_used[slot] = true;
	r->in_flight++;
	WRITE_ONCE(r->avail->ring[idx & (r->num - 1u)], (uint16_t)(slot * r->stride));
	barrier();
	WRITE_ONCE(r->avail->idx, (uint16_t)(idx + 1));
}

bool host_ring_wants_notice(const struct host_ring *r)
{
	barrier(); /* the index before the flag, as the device does it the other way round */
	return !(READ_ONCE(r->used->flags) & VRING_USED_F_NO_NOTIFY);
}

bool host_ring_has_used(const struct host_ring *r)
{
	return !r->broken && READ_ONCE(r->used->idx) != r->last_used;
}

static bool broken(struct host_ring *r, const char *why)
{
	r->broken = why;
	return false;
}

bool host_ring_take(struct host_ring *r, unsigned *slot, uint32_t *written)
{
	const struct vring_used_elem *e = &r->used->ring[r->last_used & (r->num - 1u)];
	uint32_t id;

	if (!host_ring_has_used(r))
		return false;
	if ((uint16_t)(READ_ONCE(r->used->idx) - r->last_used) > r->in_flight)
		return broken(r, "finished more than it was given");
	barrier();
	id = READ_ONCE(e->id);
	*written = READ_ONCE(e->len);
	*slot = id / r->stride;
	if (id % r->stride || *slot >= r->slots || !r->is_used[*slot])
		return broken(r, "finished what it was not given");
	r->is_used[*slot] = false;
	r->in_flight--;
	r->last_used++;
	return true;
}

void host_ring_set_interrupt(struct host_ring *r, bool on)
{
	WRITE_ONCE(r->avail->flags, on ? 0 : VRING_AVAIL_F_NO_INTERRUPT);
	barrier(); /* before the device's index is looked at again */
}
