/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's side of a split virtqueue (virtio 1.0, 2.4), in memory shared with a device. */
#ifndef GATEHOUSE_DRIVERS_HOST_VIRTIO_RING_H
#define GATEHOUSE_DRIVERS_HOST_VIRTIO_RING_H

#include <linux/virtio_ring.h>

#include "core/types.h"

#define HOST_RING_MAX   256u
#define HOST_RING_ALIGN 4096u
/* The largest ring, by the layout that legacy devices want (virtio 1.0, 2.4.2). */
#define HOST_RING_BYTES 12288u

/*
 * Buffers are slots: slot n has the descriptors from n * stride on for itself,
 * and is known to the device by the first of them. So nothing is searched for,
 * and what the device says can be checked against is_used.
 */
struct host_ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t num, stride, slots;
	uint16_t last_used, in_flight;
	bool is_used[HOST_RING_MAX];
	const char *broken; /* what the device did wrong: it gets and gives nothing more */
};

/*
 * memory: HOST_RING_BYTES, HOST_RING_ALIGN aligned; it is cleared. num: a power
 * of two up to HOST_RING_MAX. slots * stride is at most num.
 */
void host_ring_init(struct host_ring *r, void *memory, uint16_t num, uint16_t stride,
		    uint16_t slots);

/* The slot's own descriptors, stride of them, for host_ring_link(). */
struct vring_desc *host_ring_slot(struct host_ring *r, unsigned slot);

/*
 * Descriptor n of a table is at[0 to bytes); another follows if flags has
 * VRING_DESC_F_NEXT. first is what the table's first one is called in it: slot
 * * stride in a slot, 0 in an indirect table.
 */
void host_ring_link(struct vring_desc *table, unsigned first, unsigned n, const void *at,
		    uint32_t bytes, uint16_t flags);

/* Gives the slot, which is not used, to the device. */
void host_ring_give(struct host_ring *r, unsigned slot);

/* Whether the device wants to be told about what was given. */
bool host_ring_wants_notice(const struct host_ring *r);

/*
 * The next slot the device is through with, and how many bytes it says it has
 * written: no more is known about the number. False: none, or r->broken.
 */
bool host_ring_take(struct host_ring *r, unsigned *slot, uint32_t *written);

/* Whether host_ring_take() has something to say. */
bool host_ring_has_used(const struct host_ring *r);

/* Whether the device is to interrupt when it is through with a slot. It may do so anyway. */
void host_ring_set_interrupt(struct host_ring *r, bool on);

#endif
