/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device's side of a split virtqueue (virtio 1.0, 2.4) over guest memory.
 * Plain C over a memory handle: the same code runs on the host under
 * sanitizers. Everything read from the guest is read once, then checked.
 */
#ifndef GATEHOUSE_CORE_VIRTIO_VIRTQ_H
#define GATEHOUSE_CORE_VIRTIO_VIRTQ_H

#include "core/types.h"

#define VIRTQ_MAX 256u

/* The memory a device may touch: guest-physical addresses are indices. */
struct vmem {
	uint8_t *base;
	uint32_t bytes;
};

struct virtq {
	struct vmem mem;
	uint16_t num; /* a power of two, at most VIRTQ_MAX */
	gpa_t desc, avail, used;
	uint16_t last_avail;
	bool is_broken; /* the guest wrote nonsense: nothing more until a reset */
	const char *why;
};

struct virtq_segment {
	gpa_t gpa;
	uint32_t bytes; /* within memory */
	bool device_writes;
};

/* One buffer: a chain of descriptors, checked. */
struct virtq_buffer {
	uint16_t head;
	uint16_t count;
	struct virtq_segment segments[VIRTQ_MAX];
};

/* Bytes of a ring in the legacy layout at that alignment (virtio 1.0, 2.4.2). */
uint32_t virtq_bytes(uint16_t num, uint32_t align);

/* Legacy layout at gpa; all of it must lie within memory. */
void virtq_init(struct virtq *r, const struct vmem *mem, uint16_t num, gpa_t gpa, uint32_t align);

/* Takes the next available buffer. False: there is none, or the ring broke. */
bool virtq_pop(struct virtq *r, struct virtq_buffer *b);

/* Whether a buffer is available, without taking it. */
bool virtq_has_buffer(const struct virtq *r);

/* Gives the buffer back with the number of bytes written into it. */
void virtq_push(struct virtq *r, const struct virtq_buffer *b, uint32_t written);

/* Whether the guest wants an interrupt for buffers given back. */
bool virtq_wants_interrupt(const struct virtq *r);

#endif
