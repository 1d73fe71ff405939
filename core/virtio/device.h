/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every virtio device has, whatever transport leads to it (virtio 1.0,
 * chapter 2 and 3): status, features, queues, configuration. A device kind is
 * a table of functions. Plain C over two handles, guest memory and
 * raise-interrupt.
 */
#ifndef GATEHOUSE_CORE_VIRTIO_DEVICE_H
#define GATEHOUSE_CORE_VIRTIO_DEVICE_H

#include "core/virtio/virtq.h"

#define VIRTIO_MAX_QUEUES   3
#define VIRTIO_CONFIG_BYTES 64

#define VIRTIO_ISR_QUEUE  1
#define VIRTIO_ISR_CONFIG 2

struct virtio_device;

struct virtio_kind {
	const char *name;
	uint16_t id; /* VIRTIO_ID_* */
	uint16_t queues;
	uint16_t queue_num; /* entries, at most VIRTQ_MAX */
	uint16_t config_bytes;
	/* The guest reset the device, or it starts; queues are gone. NULL: nothing to do. */
	void (*reset)(struct virtio_device *d);
	/* The guest set DRIVER_OK: features are final, queues usable. */
	void (*ready)(struct virtio_device *d);
	/* New buffers in that queue. */
	void (*notify)(struct virtio_device *d, unsigned queue);
	/* The part of the configuration a guest may write; 0 bytes: none. */
	uint16_t writable_from, writable_bytes;
	/* It did: the configuration holds the new bytes already. */
	void (*config_written)(struct virtio_device *d, uint32_t offset, uint32_t bytes);
	/* What was left of notify() when it had done enough for one go. NULL: nothing ever is. */
	void (*work)(struct virtio_device *d);
	/*
	 * Something outside may still read or write the guest's memory, even if
	 * the device was reset. NULL: never.
	 */
	bool (*is_busy)(const struct virtio_device *d);
};

/* One queue as the guest sets it up. */
struct virtio_queue {
	struct virtq ring;
	uint16_t num; /* what the guest chose, at most the kind's */
	bool is_enabled;
	uint64_t desc, avail, used; /* of the modern transport */
};

struct virtio_device {
	const struct virtio_kind *kind;
	struct vmem mem;
	void (*raise)(struct virtio_device *d); /* an interrupt; isr says why */
	void *owner;                            /* of whoever made the device */
	unsigned slot;                          /* its place among the guest's devices, 1 and up */
	uint64_t offered, accepted;
	uint8_t status;
	uint8_t isr;
	uint8_t generation;
	bool work_left; /* virtio_work() soon, at the owner's expense */
	/* It got work_left by something from outside. May be NULL. */
	void (*work_came)(struct virtio_device *d);
	struct virtio_queue queues[VIRTIO_MAX_QUEUES];
	uint8_t config[VIRTIO_CONFIG_BYTES];
};

/* owner, raise, slot, mem and the configuration are set by the caller. offered: the kind's own
 * bits. */
void virtio_device_init(struct virtio_device *d, const struct virtio_kind *kind,
			const struct vmem *mem, uint64_t offered);

/* Back to status 0, by the guest or because something broke beyond repair. */
void virtio_device_reset(struct virtio_device *d);

/* Again from the beginning, in front of that memory: a new life of the guest. */
void virtio_device_restart(struct virtio_device *d, const struct vmem *mem);

/*
 * The guest writes the status: 0 resets; FEATURES_OK stays clear when it
 * accepted what was not offered, or a modern driver without VERSION_1.
 */
void virtio_set_status(struct virtio_device *d, uint8_t status);

static inline bool virtio_is_ready(const struct virtio_device *d)
{
	return d->status & 4 && !(d->status & 0x40); /* DRIVER_OK, not NEEDS_RESET */
}

static inline bool virtio_has(const struct virtio_device *d, unsigned feature)
{
	return d->accepted >> feature & 1;
}

/* What the driver accepted, for the rings too; before the device is ready, or on the lguest bus. */
void virtio_accept(struct virtio_device *d, uint64_t features);

/* Activates a queue whose addresses the guest gave; nonsense breaks the device. */
void virtio_enable_queue(struct virtio_device *d, unsigned queue);

/* The guest kicked that queue; out of range is ignored. */
void virtio_notify(struct virtio_device *d, unsigned queue);

/* From outside of the guest's own calls: there is a piece of work. */
void virtio_wants_work(struct virtio_device *d);

/* The next piece of work, if any is left; the device says in work_left whether it was the last. */
void virtio_work(struct virtio_device *d);

/* Whether the guest's memory is in use by the device, so that it must not go away. */
bool virtio_is_busy(const struct virtio_device *d);

/* A device gave buffers back: raises the interrupt if the guest wants one. */
void virtio_used(struct virtio_device *d, unsigned queue);

/* The configuration changed under the guest's feet. */
void virtio_config_changed(struct virtio_device *d);

/* The guest broke the rules of a ring: NEEDS_RESET, until it does. Returns why, once; else NULL. */
const char *virtio_check(struct virtio_device *d);

/* bytes 1, 2, 4 at offset of the device's configuration; beyond it reads 0, writes are lost. */
uint32_t virtio_config_read(const struct virtio_device *d, uint32_t offset, uint32_t bytes);
void virtio_config_write(struct virtio_device *d, uint32_t offset, uint32_t bytes, uint32_t value);

#endif
