/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's side of a split virtqueue (virtio 1.0, 2.4) over guest memory. */
#include "core/virtio/virtq.h"

#include <linux/virtio_ring.h>

#include "core/lib.h"
#include "core/util.h"

static bool in_memory(const struct vmem *m, uint64_t gpa, uint32_t bytes)
{
	return !(gpa >> 32) && (gpa_t)gpa <= m->bytes && bytes <= m->bytes - (gpa_t)gpa;
}

static uint16_t read16(const struct virtq *r, gpa_t gpa)
{
	return READ_ONCE(*(uint16_t *)(r->mem.base + gpa));
}

static void write16(const struct virtq *r, gpa_t gpa, uint16_t value)
{
	WRITE_ONCE(*(uint16_t *)(r->mem.base + gpa), value);
}

/* The guest runs on another CPU one day: what it reads must be in order (virtio 1.0, 2.4.7). */
static void barrier(void)
{
	__sync_synchronize();
}

bool virtq_break(struct virtq *r, const char *why)
{
	r->is_broken = true;
	r->why = why;
	return false;
}

static uint32_t avail_bytes(uint16_t num)
{
	return 2u * (3u + num);
}

static uint32_t used_bytes(uint16_t num)
{
	return 2u * 3u + num * (uint32_t)sizeof(struct vring_used_elem);
}

uint32_t virtq_bytes(uint16_t num, uint32_t align)
{
	uint32_t front = num * (uint32_t)sizeof(struct vring_desc) + avail_bytes(num);

	return ALIGN_UP(front, align) + used_bytes(num);
}

void virtq_init_split(struct virtq *r, const struct vmem *mem, uint16_t num, uint64_t desc,
		      uint64_t avail, uint64_t used)
{
	*r = (struct virtq){.mem = *mem, .num = num};
	if (num == 0 || num > VIRTQ_MAX || num & (num - 1))
		virtq_break(r, "ring size is no power of two up to 256");
	else if (desc & 15 || avail & 1 || used & 3)
		virtq_break(r, "ring not aligned");
	else if (!in_memory(mem, desc, num * (uint32_t)sizeof(struct vring_desc)) ||
		 !in_memory(mem, avail, avail_bytes(num)) || !in_memory(mem, used, used_bytes(num)))
		virtq_break(r, "ring outside of memory");
	r->desc = (gpa_t)desc;
	r->avail = (gpa_t)avail;
	r->used = (gpa_t)used;
}

void virtq_init(struct virtq *r, const struct vmem *mem, uint16_t num, gpa_t gpa, uint32_t align)
{
	uint64_t avail = (uint64_t)gpa + num * sizeof(struct vring_desc);

	virtq_init_split(r, mem, num, gpa, avail, ALIGN_UP(avail + avail_bytes(num), align));
}

bool virtq_has_buffer(const struct virtq *r)
{
	return !r->is_broken &&
	       read16(r, r->avail + offsetof(struct vring_avail, idx)) != r->last_avail;
}

unsigned virtq_waiting(const struct virtq *r)
{
	uint16_t n;

	if (r->is_broken)
		return 0;
	n = read16(r, r->avail + offsetof(struct vring_avail, idx)) - r->last_avail;
	return n <= r->num ? n : 0;
}

static bool add_segment(struct virtq *r, struct virtq_buffer *b, const struct vring_desc *d)
{
	if (!in_memory(&r->mem, d->addr, d->len))
		return virtq_break(r, "descriptor points outside of memory");
	if (b->count == r->num)
		return virtq_break(r, "descriptor chain is a loop, or longer than the ring");
	b->segments[b->count++] =
		(struct virtq_segment){.gpa = (gpa_t)d->addr,
				       .bytes = d->len,
				       .device_writes = d->flags & VRING_DESC_F_WRITE};
	return true;
}

/* A table of descriptors, the ring's own or an indirect one, of num entries at gpa. */
struct table {
	gpa_t gpa;
	uint32_t num;
};

static struct vring_desc read_descriptor(const struct virtq *r, const struct table *t, uint32_t n)
{
	struct vring_desc d;

	memcpy(&d, r->mem.base + t->gpa + n * sizeof(d), sizeof(d));
	return d;
}

/* The descriptor says that the chain goes on in another table (virtio 1.0, 2.4.5.3). */
static bool enter_indirect(struct virtq *r, const struct virtq_buffer *b,
			   const struct vring_desc *d, struct table *t)
{
	if (!r->has_indirect)
		return virtq_break(r, "indirect descriptor, which was not negotiated");
	if (t->gpa != r->desc || d->flags & VRING_DESC_F_NEXT || b->count)
		return virtq_break(r, "indirect descriptor within a chain");
	if (d->len == 0 || d->len % sizeof(*d) || !in_memory(&r->mem, d->addr, d->len))
		return virtq_break(r, "indirect table of odd size or outside of memory");
	*t = (struct table){(gpa_t)d->addr, d->len / (uint32_t)sizeof(*d)};
	return true;
}

static bool walk_chain(struct virtq *r, struct virtq_buffer *b)
{
	struct table t = {r->desc, r->num};
	struct vring_desc d = read_descriptor(r, &t, b->head);

	b->count = 0;
	if (d.flags & VRING_DESC_F_INDIRECT) {
		if (!enter_indirect(r, b, &d, &t))
			return false;
		d = read_descriptor(r, &t, 0);
	}
	for (;;) {
		if (d.flags & VRING_DESC_F_INDIRECT)
			return virtq_break(r, "indirect descriptor within a chain");
		if (!add_segment(r, b, &d))
			return false;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return true;
		if (d.next >= t.num)
			return virtq_break(r, "next descriptor beyond the table");
		d = read_descriptor(r, &t, d.next);
	}
}

/* Asks for a notification of the next buffer; the guest may have added it just now. */
static uint16_t avail_after_asking(struct virtq *r)
{
	if (r->has_event_idx) {
		write16(r,
			r->used + (gpa_t)sizeof(uint16_t) * 2 +
				r->num * (gpa_t)sizeof(struct vring_used_elem),
			r->last_avail);
		barrier();
	}
	return read16(r, r->avail + offsetof(struct vring_avail, idx));
}

bool virtq_pop(struct virtq *r, struct virtq_buffer *b)
{
	uint16_t idx;

	if (r->is_broken)
		return false;
	idx = read16(r, r->avail + offsetof(struct vring_avail, idx));
	if (idx == r->last_avail)
		idx = avail_after_asking(r);
	if (idx == r->last_avail)
		return false;
	if ((uint16_t)(idx - r->last_avail) > r->num)
		return virtq_break(r, "more buffers available than the ring has");
	barrier();
	b->head = read16(r, r->avail + offsetof(struct vring_avail, ring) +
				    2u * (r->last_avail & (r->num - 1u)));
	if (b->head >= r->num)
		return virtq_break(r, "available head beyond the ring");
	r->last_avail++;
	return walk_chain(r, b);
}

void virtq_unpop(struct virtq *r)
{
	r->last_avail--;
}

void virtq_push_head(struct virtq *r, uint16_t head, uint32_t written)
{
	struct vring_used_elem e = {.id = head, .len = written};

	if (r->is_broken)
		return;
	memcpy(r->mem.base + r->used + offsetof(struct vring_used, ring) +
		       (r->used_idx & (r->num - 1u)) * sizeof(e),
	       &e, sizeof(e));
	barrier();
	write16(r, r->used + offsetof(struct vring_used, idx), ++r->used_idx);
}

void virtq_push(struct virtq *r, const struct virtq_buffer *b, uint32_t written)
{
	virtq_push_head(r, b->head, written);
}

bool virtq_wants_interrupt(struct virtq *r)
{
	uint16_t old = r->told_idx, event;

	if (r->is_broken)
		return false;
	barrier();
	r->told_idx = r->used_idx;
	if (!r->has_event_idx)
		return !(read16(r, r->avail) & VRING_AVAIL_F_NO_INTERRUPT);
	event = read16(r, r->avail + 4u + 2u * r->num);
	return vring_need_event(event, r->used_idx, old);
}

static uint32_t part_bytes(const struct virtq_buffer *b, bool device_writes)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < b->count; i++)
		if (b->segments[i].device_writes == device_writes)
			bytes += b->segments[i].bytes;
	return (uint32_t)MIN(bytes, (uint64_t)UINT32_MAX);
}

uint32_t virtq_readable(const struct virtq_buffer *b)
{
	return part_bytes(b, false);
}

uint32_t virtq_writable(const struct virtq_buffer *b)
{
	return part_bytes(b, true);
}

/* Copies along the segments of one direction, skipping offset bytes. */
static uint32_t copy(const struct virtq *r, const struct virtq_buffer *b, bool to_guest,
		     uint32_t offset, uint8_t *host, uint32_t bytes)
{
	uint32_t done = 0;

	for (unsigned i = 0; i < b->count && done < bytes; i++) {
		const struct virtq_segment *s = &b->segments[i];
		uint32_t n;

		if (s->device_writes != to_guest)
			continue;
		if (offset >= s->bytes) {
			offset -= s->bytes;
			continue;
		}
		n = MIN(s->bytes - offset, bytes - done);
		if (to_guest)
			memcpy(r->mem.base + s->gpa + offset, host + done, n);
		else
			memcpy(host + done, r->mem.base + s->gpa + offset, n);
		done += n;
		offset = 0;
	}
	return done;
}

uint32_t virtq_copy_out(const struct virtq *r, const struct virtq_buffer *b, uint32_t offset,
			void *to, uint32_t bytes)
{
	return copy(r, b, false, offset, to, bytes);
}

uint32_t virtq_copy_in(const struct virtq *r, const struct virtq_buffer *b, uint32_t offset,
		       const void *from, uint32_t bytes)
{
	return copy(r, b, true, offset, (uint8_t *)(uintptr_t)from, bytes);
}
