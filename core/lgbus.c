/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lguest bus of kernels up to 3.19: a page of device descriptors right
 * above RAM, rings in the pages after it (guest-interface.md section 7).
 */
#include "core/devices.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/sched.h"

#include <linux/virtio_config.h>

#define FEATURE_BYTES 4u
#define EARLY_MAX     1024u
#define EARLY_STEP    512u /* at one go: 512 bytes took 11 us (I6) */

uint32_t lgbus_ring_pages(const struct virtio_kind *kind)
{
	uint32_t bytes = virtq_bytes(kind->queue_num, LGUEST_VRING_ALIGN);

	return ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE;
}

static uint32_t descriptor_bytes(const struct virtio_kind *k)
{
	return (uint32_t)sizeof(struct lguest_device_desc) +
	       k->queues * (uint32_t)sizeof(struct lguest_vqconfig) + 2 * FEATURE_BYTES +
	       k->config_bytes;
}

/* Where device n's descriptor, and its first ring, lie above RAM. */
static gpa_t descriptor_gpa(const struct guest *g, unsigned n)
{
	gpa_t at = g->ram_bytes;

	for (unsigned i = 0; i < n; i++)
		at += descriptor_bytes(g->devices.list[i]->kind);
	return at;
}

static gpa_t ring_gpa(const struct guest *g, unsigned n, unsigned queue)
{
	gpa_t at = g->ram_bytes + PAGE_SIZE;

	for (unsigned i = 0; i < n; i++)
		at += g->devices.list[i]->kind->queues * PAGE_SIZE *
		      lgbus_ring_pages(g->devices.list[i]->kind);
	return at + queue * PAGE_SIZE * lgbus_ring_pages(g->devices.list[n]->kind);
}

static uint8_t *features_of(struct guest *g, unsigned n)
{
	return guest_memory(g) + descriptor_gpa(g, n) + sizeof(struct lguest_device_desc) +
	       g->devices.list[n]->kind->queues * sizeof(struct lguest_vqconfig);
}

static void describe(struct guest *g, unsigned n)
{
	const struct virtio_device *d = g->devices.list[n];
	uint8_t *at = guest_memory(g) + descriptor_gpa(g, n);
	struct lguest_device_desc desc = {.type = (uint8_t)d->kind->id,
					  .num_vq = (uint8_t)d->kind->queues,
					  .feature_len = FEATURE_BYTES,
					  .config_len = (uint8_t)d->kind->config_bytes};
	uint32_t offered = (uint32_t)d->offered;

	memcpy(at, &desc, sizeof(desc));
	at += sizeof(desc);
	for (unsigned q = 0; q < d->kind->queues; q++, at += sizeof(struct lguest_vqconfig)) {
		struct lguest_vqconfig vq = {.num = d->kind->queue_num,
					     .irq = (uint16_t)d->slot,
					     .pfn = ring_gpa(g, n, q) >> PAGE_SHIFT};

		memcpy(at, &vq, sizeof(vq));
	}
	memcpy(at, &offered, sizeof(offered));
	memcpy(at + 2 * FEATURE_BYTES, d->config, d->kind->config_bytes);
}

void lgbus_init(struct guest *g)
{
	for (unsigned i = 0; i < g->devices.count; i++)
		describe(g, i);
}

/*
 * What the driver accepted counts from its last word on: kernels up to 3.0
 * NOTIFY each change of the status and write the features in between, later
 * ones NOTIFY when they have written them.
 */
static void refresh_features(struct guest *g, unsigned n)
{
	struct virtio_device *d = g->devices.list[n];
	uint32_t accepted;

	memcpy(&accepted, features_of(g, n) + FEATURE_BYTES, sizeof(accepted));
	virtio_accept(d, accepted & d->offered);
}

/*
 * The driver is about to use the device: it says so by a NOTIFY with some
 * status, or just kicks. From then on the rings count.
 */
static void take_over(struct guest *g, unsigned n)
{
	struct virtio_device *d = g->devices.list[n];

	refresh_features(g, n);
	if (virtio_is_ready(d) || d->status)
		return;
	for (unsigned q = 0; q < d->kind->queues; q++) {
		struct virtio_queue *queue = &d->queues[q];

		queue->desc = ring_gpa(g, n, q);
		queue->avail = queue->desc + queue->num * 16u;
		queue->used = ALIGN_UP(queue->avail + 2u * (3u + queue->num), LGUEST_VRING_ALIGN);
		virtio_enable_queue(d, q);
	}
	virtio_set_status(d, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
				     VIRTIO_CONFIG_S_DRIVER_OK);
}

/* 0 resets the device and clears its rings; FAILED stops it; anything else: the driver is there. */
static void status_changed(struct guest *g, unsigned n)
{
	const struct lguest_device_desc *desc =
		(const struct lguest_device_desc *)(guest_memory(g) + descriptor_gpa(g, n));
	const struct virtio_kind *kind = g->devices.list[n]->kind;
	uint8_t status = READ_ONCE(desc->status);

	if (status != 0 && !(status & VIRTIO_CONFIG_S_FAILED)) {
		take_over(g, n);
		return;
	}
	virtio_device_reset(g->devices.list[n]);
	if (status == 0)
		memset(guest_memory(g) + ring_gpa(g, n, 0), 0,
		       kind->queues * lgbus_ring_pages(kind) * PAGE_SIZE);
}

/*
 * Before any driver: a NUL-ended string anywhere in RAM. What the sinks cannot
 * take now waits: hypercall.c takes the call back, and it goes on from there.
 */
static void early_console(struct guest *g, gpa_t at)
{
	const char *text = (const char *)guest_memory(g) + at;
	uint32_t n = g->devices.early_at == at ? g->devices.early_done : 0,
		 limit = MIN(g->ram_bytes - at, EARLY_MAX), end = n;

	while (end < limit && READ_ONCE(text[end]))
		end++;
	if (end > n)
		n += console_write_text(&g->console, text + n, MIN(end - n, EARLY_STEP));
	g->devices.early_done = n < end ? n : 0;
	g->devices.early_at = at;
	g->call_again = g->devices.early_waits = n < end;
	if (g->call_again && !console_has_room(&g->console)) {
		guest_set_state(g, GUEST_STALLED);
		sched_stopped(g);
	}
}

/* A ring or a descriptor of some device; false for neither. */
static bool notify_device(struct guest *g, gpa_t at)
{
	for (unsigned n = 0; n < g->devices.count; n++) {
		if (at == descriptor_gpa(g, n)) {
			status_changed(g, n);
			devices_check_one(g, g->devices.list[n]);
			return true;
		}
		for (unsigned q = 0; q < g->devices.list[n]->kind->queues; q++) {
			if (at != ring_gpa(g, n, q))
				continue;
			trace(TRACE_DEVICE, g->id, n + 1, at);
			take_over(g, n);
			virtio_notify(g->devices.list[n], q);
			devices_check_one(g, g->devices.list[n]);
			return true;
		}
	}
	return false;
}

void lgbus_notify(struct guest *g, gpa_t at)
{
	if (at < g->ram_bytes) {
		early_console(g, at);
		devices_check(g);
	} else if (!notify_device(g, at)) {
		guest_fail(g, "NOTIFY 0x%08x: neither a device, nor a ring, nor below 0x%08x", at,
			   g->ram_bytes);
	}
}
