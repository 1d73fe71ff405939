/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's side of virtio, over the lguest bus or PCI: plain enough that a
 * test can do everything wrong by itself. Rings are split rings whose parts the
 * guest may write as it likes.
 */
#ifndef GATEHOUSE_GUESTS_LIB_GVIRTIO_H
#define GATEHOUSE_GUESTS_LIB_GVIRTIO_H

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "guests/lib/deadline.h"
#include "guests/lib/hypercall.h"

#define GVIRTIO_QUEUES     3u
#define GVIRTIO_NUM        256u /* entries of a queue, at most */
#define GVIRTIO_RING_PAGES 3u   /* that each part of a ring has a page of its own */

/* How long a device may take. */
#define GVIRTIO_PATIENCE_NS 4000000000u

struct gvirtio;

struct gqueue {
	struct gvirtio *dev;
	unsigned index;
	uint16_t num;             /* 0: the device has no such queue */
	uint64_t gpa[3];          /* descriptors, available ring, used ring */
	struct vring_desc *desc;  /* the same, as the guest sees them */
	volatile uint16_t *avail; /* flags, idx, ring[num], used event */
	volatile struct vring_used *used;
	uint16_t next;  /* the descriptor gqueue_add() takes next */
	uint16_t taken; /* used entries looked at */
};

/* One transport. Status and features as in virtio 1.0, chapter 2. */
struct gvirtio_ops {
	const char *name;
	/* The device with that virtio id, counted from 0; fills in irq and the queues' num. */
	bool (*find)(struct gvirtio *d, unsigned id, unsigned index);
	uint8_t (*status)(struct gvirtio *d);
	void (*set_status)(struct gvirtio *d, uint8_t status);
	uint64_t (*offered)(struct gvirtio *d);
	void (*accept)(struct gvirtio *d, uint64_t features);
	/* Where a queue's rings are, before queue_enable(); on the lguest bus the host said it. */
	void (*queue_place)(struct gqueue *q);
	void (*queue_enable)(struct gqueue *q);
	void (*kick)(struct gqueue *q);
	uint8_t (*isr)(struct gvirtio *d);
	uint32_t (*config)(struct gvirtio *d, uint32_t offset, unsigned size);
};

struct gvirtio {
	const struct gvirtio_ops *ops;
	unsigned irq;
	volatile uint32_t interrupts; /* so many came */
	volatile uint32_t isr_seen;   /* all that ISR ever said */
	uint64_t features;            /* accepted */
	struct gqueue queues[GVIRTIO_QUEUES];

	unsigned slot; /* PCI */
	volatile uint8_t *common, *notify, *isr, *device;
	uint32_t notify_multiplier;

	uint32_t gpa; /* lguest bus: the descriptor */
	struct lguest_device_desc *desc;
};

extern const struct gvirtio_ops gvirtio_lgbus, gvirtio_pci;

/* The device, not started; false if there is none. */
bool gvirtio_find(struct gvirtio *d, const struct gvirtio_ops *ops, unsigned id, unsigned index);

/* To DRIVER_OK in these steps; wanted: features, which count as far as they are offered. */
#define GVIRTIO_STEPS 5u
void gvirtio_step(struct gvirtio *d, unsigned step, uint64_t wanted);

/* Reset and all steps; gives up if the device does not go along. */
void gvirtio_start(struct gvirtio *d, uint64_t wanted);
void gvirtio_reset(struct gvirtio *d);

static inline bool gvirtio_has(const struct gvirtio *d, unsigned feature)
{
	return d->features >> feature & 1;
}

static inline uint32_t gvirtio_config(struct gvirtio *d, uint32_t offset, unsigned size)
{
	return d->ops->config(d, offset, size);
}

/* Lets interrupts of the past come in, and counts from 0. Interrupts are off afterwards. */
void gvirtio_drain(struct gvirtio *d);

/* A piece of a buffer. */
struct gpiece {
	uint64_t gpa;
	uint32_t bytes;
	bool device_writes;
};

#define GPIECE_OUT(at, len)                                                                        \
	{                                                                                          \
		virt_to_phys(at), (len), false                                                     \
	}
#define GPIECE_IN(at, len)                                                                         \
	{                                                                                          \
		virt_to_phys(at), (len), true                                                      \
	}

/* A descriptor as it is. */
void gqueue_set(struct gqueue *q, unsigned n, uint64_t gpa, uint32_t bytes, uint16_t flags,
		uint16_t next);

/* Makes a chain of the next count descriptors, without offering it; returns its head. The caller
 * keeps track that it does not use more than there are. */
uint16_t gqueue_chain(struct gqueue *q, const struct gpiece *pieces, unsigned count);

/* The same in an indirect table of count entries, 16-byte aligned. */
uint16_t gqueue_chain_indirect(struct gqueue *q, struct vring_desc *table,
			       const struct gpiece *pieces, unsigned count);

/* Puts the head into the available ring. */
void gqueue_offer(struct gqueue *q, uint16_t head);

/* gqueue_chain(), gqueue_offer(). */
uint16_t gqueue_add(struct gqueue *q, const struct gpiece *pieces, unsigned count);

void gqueue_kick(struct gqueue *q);

/* Takes an entry of the used ring, if there is one. */
bool gqueue_take(struct gqueue *q, struct vring_used_elem *e);

/* Sleeps until there is one; interrupts are off afterwards. False: out of patience. */
bool gqueue_wait(struct gqueue *q, struct vring_used_elem *e);

/* All of it for one buffer; gives up if it does not come back. Returns the bytes written. */
uint32_t gqueue_do(struct gqueue *q, const struct gpiece *pieces, unsigned count);

#endif
