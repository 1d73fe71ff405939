/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio device of the machine's own on its PCI bus, modern (virtio 1.0, 4.1)
 * or legacy (4.1.4.8), as its driver sees it. It interrupts by INTx.
 */
#ifndef GATEHOUSE_DRIVERS_HOST_VIRTIO_H
#define GATEHOUSE_DRIVERS_HOST_VIRTIO_H

#include "drivers/host_virtio_ring.h"
#include "drivers/pci.h"

#define HOST_VIRTIO_QUEUES 2u

/* Registers, of memory or of ports. */
struct host_virtio_area {
	volatile uint8_t *mem; /* NULL: at port */
	uint16_t port;
	uint32_t bytes; /* 0: there is none */
};

struct host_virtio_queue {
	struct host_ring ring;
	uint32_t notify_at; /* in the notify area */
};

struct host_virtio {
	const struct pci_function *pci;
	const char *name; /* in log lines */
	bool is_modern;
	uint64_t features; /* agreed on */
	struct host_virtio_area common, notify, isr, device;
	uint32_t notify_multiplier;
	struct host_virtio_queue queues[HOST_VIRTIO_QUEUES];
};

/* Whether it is the device of this type (VIRTIO_ID_*), modern or transitional. */
bool host_virtio_matches(const struct pci_function *f, unsigned type);

/* Logs an error, with the device's name and place. */
void host_virtio_log(const struct host_virtio *v, const char *what);

/* Finds the registers. 0, or -EIO after a line in the log. At boot. */
int host_virtio_open(struct host_virtio *v, const struct pci_function *f, const char *name);

/*
 * Resets the device and agrees with it on features, of those wanted (3.1.1).
 * 0, or -EIO after a line in the log. The device is reset already, or is given
 * half a second for it: at boot.
 */
int host_virtio_begin(struct host_virtio *v, uint64_t wanted);

/*
 * The queue's size: the device's, or HOST_RING_MAX if that is smaller; at least 4.
 * 0: no use can be made of it, after a line in the log.
 */
uint16_t host_virtio_queue_size(struct host_virtio *v, unsigned queue);

/* Makes a ring of that size known to the device; see host_ring_init(). 0 or -EIO. */
int host_virtio_queue_start(struct host_virtio *v, unsigned queue, void *memory, uint16_t num,
			    uint16_t stride, uint16_t slots);

/* All queues are started. */
void host_virtio_run(struct host_virtio *v);

/* Tells the device of what the queue's ring was given, if it wants to know. */
void host_virtio_notify(struct host_virtio *v, unsigned queue);

/* Reads and so acknowledges its reasons to interrupt: 0, or bits 0 (a queue) and 1 (else). */
uint8_t host_virtio_interrupt(const struct host_virtio *v);

/* Whether the device says that it can go on only after a reset (2.1). */
bool host_virtio_needs_reset(const struct host_virtio *v);

/* A field of the device's configuration, 1, 2, 4 or 8 bytes; 0 if it has none there. */
uint64_t host_virtio_config(const struct host_virtio *v, unsigned offset, unsigned bytes);

/* Asks for a reset. True when it is done, and memory is the driver's again. */
bool host_virtio_reset(const struct host_virtio *v);
bool host_virtio_is_reset(const struct host_virtio *v);

/* Keeps it from memory, for what does not answer to a reset. */
void host_virtio_cut_off(const struct host_virtio *v);

/* Resets it and waits half a second at most; cuts it off after that. */
void host_virtio_close(const struct host_virtio *v);

#endif
