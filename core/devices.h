/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of one guest, and both ways to them: the lguest bus (kernels up
 * to 3.19) and PCI (4.0 and later). One driver at a time uses a device; the
 * transport it came by does not matter to the device.
 */
#ifndef GATEHOUSE_CORE_DEVICES_H
#define GATEHOUSE_CORE_DEVICES_H

#include "core/virtio/console.h"
#include "core/virtio/pci.h"
#include "core/virtio/rng.h"

struct guest;

#define DEVICES_MAX 8u /* a console, CONFIG_MAX_DISKS, CONFIG_MAX_NETS, random numbers */

#define MMIO_PAGES 8u

struct devices {
	unsigned count;
	struct virtio_device *list[DEVICES_MAX]; /* slot n is list[n - 1] */
	struct virtio_pci pci[DEVICES_MAX];
	struct virtio_console console;
	struct virtio_rng rng;
	bool work_left;       /* devices_work() soon, at the guest's expense */
	bool waits_for_reset; /* the guest is stalled: a device it reset still uses its memory */
	bool said_reset;      /* once a life is enough for the log */
	uint32_t pci_address; /* port 0xCF8 */
	uint32_t first_bar;   /* where the BARs are to begin with, one after the other */
	gva_t mmio_va[MMIO_PAGES]; /* of accesses to BARs, by mmio_page_of() */
	gpa_t early_at;            /* a NOTIFY's string that is not out yet */
	bool early_waits;    /* the rest of it has the next room, before what is in the rings */
	uint32_t early_done; /* bytes of a NOTIFY's string that are out already */
};

/*
 * Makes the devices its configuration names, once; they have no memory yet.
 * Returns 0, or an error: the guest is dead then, with the reason.
 */
int devices_create(struct guest *g);

/* The next in its list; for devices_create(). */
void devices_add(struct guest *g, struct virtio_device *d);
extern const struct virtio_console_ends devices_console_ends;

/* Pages above RAM that the lguest bus takes; after devices_create(). */
uint32_t devices_bus_pages(const struct guest *g);

/* A life begins: the guest's memory is zeroed. */
void devices_init(struct guest *g);

/*
 * A life ended: stops the devices. True when none of them uses the guest's
 * memory any more; until then this is to be called again, soon.
 */
bool devices_let_go(struct guest *g);

/* What waits for room, input or another turn. */
void devices_work(struct guest *g);

/* Guests that are stalled until a device lets go of their memory: devices_work() soon. */
extern unsigned devices_waited_for;

/* After a guest told a device something: reports one that stopped, sees what work is left. */
void devices_check_one(struct guest *g, struct virtio_device *d);
void devices_check(struct guest *g);

/* lgbus.c: fills in the descriptor page; NOTIFY. */
void lgbus_init(struct guest *g);
void lgbus_notify(struct guest *g, uint32_t gpa);
uint32_t lgbus_ring_pages(const struct virtio_kind *kind);

/* pci_bus.c: the ports of the configuration space, and BARs. */
uint32_t pci_bus_read(struct guest *g, uint16_t port, unsigned size);
void pci_bus_write(struct guest *g, uint16_t port, unsigned size, uint32_t value);

/* The function whose BAR has gpa; NULL for none. */
struct virtio_pci *pci_bus_find(struct guest *g, uint64_t gpa, uint32_t *offset);

#endif
