/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's side of a split virtqueue (virtio 1.0, 2.4) over guest memory. */
#include "core/virtio/virtq.h"

#include <linux/virtio_ring.h>

#include "core/lib.h"
#include "core/util.h"

static bool in_memory(const struct vmem *m, uint64_t gpa, uint32_t bytes)
{
	return gpa <= m->bytes && bytes <= m->bytes - gpa;
}

static uint16_t read16(const struct virtq *r, gpa_t gpa)
{
	return READ_ONCE(*(uint16_t *)(r->mem.base + gpa));
}

static bool broken(struct virtq *r, const char *why)
{
	r->is_broken = true;
	r->why = why;
	return false;
}

uint32_t virtq_bytes(uint16_t num, uint32_t align)
{
	uint32_t front = num * (uint32_t)sizeof(struct vring_desc) + 2u * (3u + num);

	return ALIGN_UP(front, align) + 2u * 3u + num * (uint32_t)sizeof(struct vring_used_elem);
}

void virtq_init(struct virtq *r, const struct vmem *mem, uint16_t num, gpa_t gpa, uint32_t align)
{
	*r = (struct virtq){.mem = *mem, .num = num, .desc = gpa};
	r->avail = gpa + num * (uint32_t)sizeof(struct vring_desc);
	r->used = ALIGN_UP(r->avail + 2u * (3u + num), align);
	if (num == 0 || num > VIRTQ_MAX || num & (num - 1) ||
	    !in_memory(mem, gpa, virtq_bytes(num, align)))
		broken(r, "ring outside of memory");
}

bool virtq_has_buffer(const struct virtq *r)
{
	return !r->is_broken &&
	       read16(r, r->avail + offsetof(struct vring_avail, idx)) != r->last_avail;
}

static bool add_segment(struct virtq *r, struct virtq_buffer *b, const struct vring_desc *d)
{
	if (!in_memory(&r->mem, d->addr, d->len))
		return broken(r, "descriptor points outside of memory");
	if (d->flags & VRING_DESC_F_INDIRECT)
		return broken(r, "indirect descriptor, which was not offered");
	b->segments[b->count++] =
		(struct virtq_segment){.gpa = (gpa_t)d->addr,
				       .bytes = d->len,
				       .device_writes = d->flags & VRING_DESC_F_WRITE};
	return true;
}

static bool walk_chain(struct virtq *r, struct virtq_buffer *b)
{
	uint16_t index = b->head;
	struct vring_desc d;

	for (b->count = 0; b->count < r->num;) {
		memcpy(&d, r->mem.base + r->desc + index * sizeof(d), sizeof(d));
		if (!add_segment(r, b, &d))
			return false;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return true;
		index = d.next;
		if (index >= r->num)
			return broken(r, "next descriptor beyond the ring");
	}
	return broken(r, "descriptor chain is a loop");
}

bool virtq_pop(struct virtq *r, struct virtq_buffer *b)
{
	uint16_t idx;

	if (r->is_broken)
		return false;
	idx = read16(r, r->avail + offsetof(struct vring_avail, idx));
	if (idx == r->last_avail)
		return false;
	if ((uint16_t)(idx - r->last_avail) > r->num)
		return broken(r, "more buffers available than the ring has");
	b->head = read16(r, r->avail + offsetof(struct vring_avail, ring) +
				    2u * (r->last_avail & (r->num - 1u)));
	if (b->head >= r->num)
		return broken(r, "available head beyond the ring");
	r->last_avail++;
	return walk_chain(r, b);
}

void virtq_push(struct virtq *r, const struct virtq_buffer *b, uint32_t written)
{
	uint16_t *idx = (uint16_t *)(r->mem.base + r->used + offsetof(struct vring_used, idx));
	uint16_t at = READ_ONCE(*idx);
	struct vring_used_elem e = {.id = b->head, .len = written};

	memcpy(r->mem.base + r->used + offsetof(struct vring_used, ring) +
		       (at & (r->num - 1u)) * sizeof(e),
	       &e, sizeof(e));
	__asm__ volatile("" : : : "memory");
	WRITE_ONCE(*idx, (uint16_t)(at + 1));
}

bool virtq_wants_interrupt(const struct virtq *r)
{
	return !r->is_broken && !(read16(r, r->avail) & VRING_AVAIL_F_NO_INTERRUPT);
}
