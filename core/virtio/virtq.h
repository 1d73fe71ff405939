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
	uint16_t last_avail; /* taken up to here */
	uint16_t used_idx;   /* given back up to here; the guest's copy is never read */
	uint16_t told_idx;   /* given back when the guest was last asked about an interrupt */
	bool has_indirect;   /* VIRTIO_RING_F_INDIRECT_DESC was accepted */
	bool has_event_idx;  /* VIRTIO_RING_F_EVENT_IDX was accepted */
	bool is_broken;      /* the guest wrote nonsense: nothing more until a reset */
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

/* Legacy layout at gpa, a multiple of align; all of it must lie within memory. */
void virtq_init(struct virtq *r, const struct vmem *mem, uint16_t num, gpa_t gpa, uint32_t align);

/* The three parts where the guest put them (virtio 1.0, 2.4): 16-, 2- and 4-byte aligned. */
void virtq_init_split(struct virtq *r, const struct vmem *mem, uint16_t num, uint64_t desc,
		      uint64_t avail, uint64_t used);

/* Takes the next available buffer. False: there is none, or the ring broke. */
bool virtq_pop(struct virtq *r, struct virtq_buffer *b);

/*
 * Puts the buffer taken last back: it will be taken again. Once for each buffer
 * taken, if several go back.
 */
void virtq_unpop(struct virtq *r);

/* Whether a buffer is available, without taking it. */
bool virtq_has_buffer(const struct virtq *r);

/* How many buffers are available; 0 if the ring is broken. */
unsigned virtq_waiting(const struct virtq *r);

/* Nothing more until a reset; why is a constant. False, for the caller to return. */
bool virtq_break(struct virtq *r, const char *why);

/* Gives the buffer back with the number of bytes written into it. */
void virtq_push(struct virtq *r, const struct virtq_buffer *b, uint32_t written);
void virtq_push_head(struct virtq *r, uint16_t head, uint32_t written);

/* Whether the guest wants an interrupt for what was given back since it was last asked. */
bool virtq_wants_interrupt(struct virtq *r);

/* Bytes of the buffer the device may read, or must write. */
uint32_t virtq_readable(const struct virtq_buffer *b);
uint32_t virtq_writable(const struct virtq_buffer *b);

/* Copies between the readable (writable) part, from offset on, and the host; returns bytes copied.
 */
uint32_t virtq_copy_out(const struct virtq *r, const struct virtq_buffer *b, uint32_t offset,
			void *to, uint32_t bytes);
uint32_t virtq_copy_in(const struct virtq *r, const struct virtq_buffer *b, uint32_t offset,
		       const void *from, uint32_t bytes);

#endif
