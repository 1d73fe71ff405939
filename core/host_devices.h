/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's own disks and network cards: found on the PCI bus, driven,
 * their interrupts passed on. What is made of them is for disks.h and networks.h.
 */
#ifndef GATEHOUSE_CORE_HOST_DEVICES_H
#define GATEHOUSE_CORE_HOST_DEVICES_H

#include "core/block.h"
#include "core/nic.h"

#define HOST_DISKS_MAX 16u
#define HOST_CARDS_MAX 8u

/*
 * Starts a driver for each device that has one: disks are hd0, hd1 and so on,
 * cards eth0, in the order of the bus. At boot, clock and interrupts are up;
 * takes as long as the devices need.
 */
void host_devices_init(void);

/* NULL behind the last. */
struct block_disk *host_disk(unsigned n);
struct nic *host_card(unsigned n);

struct host_device;

/* Device n that has a driver, and the sources it interrupts by; NULL behind the last. */
const struct host_device *host_device(unsigned n, uint32_t *sources);

/*
 * Reads one sector, waiting for it; at boot only. 0 or -EIO. buffer is
 * BLOCK_SECTOR bytes, 4-byte aligned.
 */
int host_disk_read(struct block_disk *d, uint64_t sector, void *buffer);

/* Their interrupts arrived (interrupt_events.sources); others are left alone. */
void host_devices_interrupt(uint32_t sources);

/* No device reads or writes memory any more: before the machine reboots. */
void host_devices_stop(void);

#endif
