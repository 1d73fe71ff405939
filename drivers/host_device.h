/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver of a PCI device shows to whoever collects the machine's
 * devices (core/host_devices.h). Everything happens with interrupts off.
 */
#ifndef GATEHOUSE_DRIVERS_HOST_DEVICE_H
#define GATEHOUSE_DRIVERS_HOST_DEVICE_H

#include "core/block.h"
#include "core/nic.h"
#include "drivers/pci.h"

#define HOST_DEVICE_DISKS 8u

struct host_driver;

struct host_device {
	const struct host_driver *driver;
	struct pci_function pci;
	void *memory; /* driver->memory bytes */

	/* Filled in by start(). */
	struct block_disk *disks[HOST_DEVICE_DISKS];
	unsigned disk_count;
	struct nic *nic;      /* NULL: it is none */
	uint8_t isa_lines[2]; /* where it interrupts instead of at its PCI pin */
	unsigned isa_line_count;
	bool takes_msi; /* its interrupt may be a message (pci_set_msi()) */
};

struct host_driver {
	const char *name;
	uint32_t memory; /* bytes start() gets: zeroed, page-aligned, contiguous, below 3 GiB */
	bool (*matches)(const struct pci_function *f);
	/*
	 * Finds out what is there and makes it ready, interrupts enabled in the
	 * device; at boot, so it may wait, but no longer than a second or two. 0, or
	 * an error, after a line in the log that says why; the device is quiet then.
	 */
	int (*start)(struct host_device *d);
	/*
	 * After its interrupt, or just to look: acknowledges it, finishes requests
	 * that are done. Returns whether it had anything to say: the line may be
	 * another's. Frames stay where they are until nic->ops->poll().
	 */
	bool (*interrupt)(struct host_device *d);
	/* Whether requests are under way, so that tick() is called. NULL: never. */
	bool (*is_waiting)(const struct host_device *d);
	/* Every 100 ms meanwhile: gives up on what takes too long, with -EIO. NULL: not needed. */
	void (*tick)(struct host_device *d);
	/* No more interrupts and no access to memory: before the machine reboots. */
	void (*stop)(struct host_device *d);
};

#endif
