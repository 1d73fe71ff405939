/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of one guest: fed, listened to, stopped. */
#include "core/devices.h"

#include "core/guest.h"
#include "core/latency.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/virq.h"

/* BARs begin 1 MiB above RAM (guest-interface.md section 7), past the lguest bus. */
#define BAR_GAP MIB(1)

unsigned devices_waited_for;

static uint32_t port_write(void *port, const char *text, uint32_t bytes)
{
	return console_write(port, text, bytes);
}

static bool port_has_room(const void *port)
{
	return console_has_room(port);
}

static bool port_has_input(const void *port)
{
	return console_has_input(port);
}

static uint32_t port_read(void *port, char *to, uint32_t bytes)
{
	return console_read(port, to, bytes);
}

const struct virtio_console_ends devices_console_ends = {
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

/* Its guest may be asleep. */
static void work_came(struct virtio_device *d)
{
	struct guest *g = d->owner;

	if (g->devices.work_left)
		return;
	g->devices.work_left = true;
	if (guest_is_ready(g) && !guest_is_running(g))
		sched_woken(g);
}

void devices_add(struct guest *g, struct virtio_device *d)
{
	struct devices *all = &g->devices;

	d->owner = g;
	d->raise = raise;
	d->work_came = work_came;
	all->list[all->count++] = d;
	d->slot = all->count;
}

uint32_t devices_bus_pages(const struct guest *g)
{
	uint32_t pages = 1; /* the descriptors */

	for (unsigned i = 0; i < g->devices.count; i++)
		pages += lgbus_ring_pages(g->devices.list[i]->kind) *
			 g->devices.list[i]->kind->queues;
	return pages;
}

void devices_init(struct guest *g)
{
	struct devices *all = &g->devices;
	const struct vmem mem = {guest_memory(g), g->mem_bytes};

	all->said_reset = false;
	all->pci_address = all->early_done = 0;
	all->first_bar = ALIGN_UP(g->ram_bytes, VIRTIO_PCI_BAR_BYTES) + BAR_GAP;
	all->early_waits = false;
	for (unsigned i = 0; i < all->count; i++) {
		virtio_device_restart(all->list[i], &mem);
		virtio_pci_init(&all->pci[i], all->list[i],
				all->first_bar + i * VIRTIO_PCI_BAR_BYTES,
				(uint8_t)all->list[i]->slot);
		all->pci[i].lower = lower;
	}
	lgbus_init(g);
}

static void set_waits(struct guest *g, bool waits)
{
	devices_waited_for += waits - g->devices.waits_for_reset;
	g->devices.waits_for_reset = waits;
}

bool devices_let_go(struct guest *g)
{
	bool is_busy = false;

	set_waits(g, false);
	for (unsigned i = 0; i < g->devices.count; i++) {
		struct virtio_device *d = g->devices.list[i];

		if (d->status)
			virtio_device_reset(d);
		virtio_work(d); /* of disks in memory */
		is_busy |= virtio_is_busy(d);
	}
	g->devices.work_left = is_busy;
	return !is_busy;
}

/* A reset is over when the device is done with the guest's memory. */
static bool is_resetting(const struct virtio_device *d)
{
	return unlikely(!d->status) && virtio_is_busy(d);
}

static bool is_any_resetting(const struct guest *g)
{
	for (unsigned i = 0; i < g->devices.count; i++)
		if (is_resetting(g->devices.list[i]))
			return true;
	return false;
}

static void go_on(struct guest *g)
{
	if (g->state != GUEST_STALLED || !console_has_room(&g->console) || is_any_resetting(g))
		return;
	set_waits(g, false);
	guest_set_state(g, GUEST_RUNNING);
	sched_woken(g);
}

void devices_work(struct guest *g)
{
	if (g->state != GUEST_RUNNING && g->state != GUEST_HALTED && g->state != GUEST_STALLED)
		return;
	trace(TRACE_WORK, g->id, 0, 0);
	if (!g->config->console.is_off && !g->devices.early_waits)
		virtio_console_work(&g->devices.console);
	for (unsigned i = 0; i < g->devices.count; i++)
		if (g->devices.list[i] != &g->devices.console.device &&
		    g->devices.list[i]->work_left) {
			latency_breathe();
			virtio_work(g->devices.list[i]);
		}
	devices_check(g);
	if (g->devices.work_left)
		sched_consider(g); /* it may sleep, and this may have begun without a wake-up */
	trace(TRACE_WORK_END, g->id, g->devices.work_left, 0);
	go_on(g);
}

void devices_check_one(struct guest *g, struct virtio_device *d)
{
	const char *why = virtio_check(d);

	if (!g->devices.early_waits || d != &g->devices.console.device)
		g->devices.work_left |= d->work_left;
	if (unlikely(why != NULL)) {
		if (!g->devices.said_reset)
			log_warn("guest \"%s\": %s needs a reset: %s", guest_name(g), d->kind->name,
				 why);
		g->devices.said_reset = true;
	}
	if (is_resetting(d) && g->state == GUEST_RUNNING) {
		set_waits(g, true);
		guest_set_state(g, GUEST_STALLED);
		sched_stopped(g);
	}
}

void devices_check(struct guest *g)
{
	g->devices.work_left = false;
	for (unsigned i = 0; i < g->devices.count; i++)
		devices_check_one(g, g->devices.list[i]);
}
