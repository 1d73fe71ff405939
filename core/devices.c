/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of one guest: made, fed, taken away. */
#include "core/devices.h"

#include "core/guest.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/virq.h"

/* BARs begin 1 MiB above RAM (guest-interface.md section 7), past the lguest bus. */
#define BAR_GAP MIB(1)

static uint32_t port_write(void *port, const char *text, uint32_t bytes)
{
	return console_write(port, text, bytes);
}

static bool port_has_room(const void *port)
{
	(void)port;
	return console_has_room();
}

static bool port_has_input(const void *port)
{
	return console_has_input(port);
}

static uint32_t port_read(void *port, char *to, uint32_t bytes)
{
	return console_read(port, to, bytes);
}

static const struct virtio_console_ends console_ends = {
	.write = port_write,
	.has_room = port_has_room,
	.has_input = port_has_input,
	.read = port_read,
};

/* The slot number is the virtual interrupt, on either bus. */
static void raise(struct virtio_device *d)
{
	virq_raise(d->owner, d->slot);
}

static void lower(struct virtio_device *d)
{
	virq_lower(d->owner, d->slot);
}

static void add(struct guest *g, struct virtio_device *d)
{
	struct devices *all = &g->devices;
	uint32_t bar = ALIGN_UP(g->ram_bytes, VIRTIO_PCI_BAR_BYTES) + BAR_GAP;

	d->owner = g;
	d->raise = raise;
	all->list[all->count] = d;
	d->slot = all->count + 1;
	virtio_pci_init(&all->pci[all->count], d, bar + all->count * VIRTIO_PCI_BAR_BYTES,
			(uint8_t)d->slot);
	all->pci[all->count].lower = lower;
	all->count++;
}

uint32_t devices_bus_pages(const struct config_guest *c)
{
	(void)c;
	return 1 + 2 * 2; /* the descriptors; a console's two rings of 64 */
}

void devices_init(struct guest *g)
{
	struct devices *all = &g->devices;
	struct vmem mem = {guest_memory(g), g->ram_bytes};

	all->count = 0;
	all->said_reset = false;
	all->pci_address = all->early_done = 0;
	mem.bytes = g->mem_bytes;
	virtio_console_init(&all->console, &mem, &console_ends, &g->console);
	add(g, &all->console.device);
	lgbus_init(g);
}

void devices_release(struct guest *g)
{
	g->devices.count = 0;
}

void devices_work(struct guest *g)
{
	if (g->state == GUEST_STALLED && console_has_room()) {
		g->state = GUEST_RUNNING;
		sched_woken(g);
	}
	if (!g->devices.count || g->state == GUEST_DEAD)
		return;
	virtio_console_work(&g->devices.console);
	for (unsigned i = 0; i < g->devices.count; i++)
		if (g->devices.list[i] != &g->devices.console.device)
			virtio_work(g->devices.list[i]);
	devices_check(g);
}

void devices_check(struct guest *g)
{
	g->devices.work_left = false;
	for (unsigned i = 0; i < g->devices.count; i++) {
		const char *why = virtio_check(g->devices.list[i]);

		g->devices.work_left |= g->devices.list[i]->work_left;
		if (why && !g->devices.said_reset)
			log_warn("guest \"%s\": %s needs a reset: %s", guest_name(g),
				 g->devices.list[i]->kind->name, why);
		g->devices.said_reset |= why != NULL;
	}
}
