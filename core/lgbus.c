/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lguest bus, and the console on it. */
#include "core/lgbus.h"

#include <linux/virtio_ids.h>

#include "core/cpu.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/sched.h"
#include "core/virq.h"

/* Output bytes moved at one go, so that an exit stays short (section 3 of the design). */
#define OUTPUT_BUDGET 2048u
#define EARLY_MAX     1024u

bool lgbus_work_due;

static gpa_t ring_gpa(const struct guest *g, unsigned queue)
{
	return g->ram_bytes + PAGE_SIZE * (1 + queue * LGBUS_RING_PAGES);
}

static void reset_queues(struct guest *g)
{
	struct vmem mem = {guest_memory(g), g->mem_bytes};

	for (unsigned i = 0; i < LGBUS_QUEUES; i++) {
		memset(guest_memory(g) + ring_gpa(g, i), 0, LGBUS_RING_PAGES * PAGE_SIZE);
		virtq_init(&g->bus.queues[i], &mem, LGBUS_RING_NUM, ring_gpa(g, i),
			   LGUEST_VRING_ALIGN);
	}
	g->bus.is_ready = g->bus.output_left = false;
}

void lgbus_init(struct guest *g)
{
	uint8_t *page = guest_memory(g) + g->ram_bytes;
	struct lguest_device_desc *desc = (struct lguest_device_desc *)page;
	struct lguest_vqconfig *vq = (struct lguest_vqconfig *)(desc + 1);

	*desc = (struct lguest_device_desc){.type = VIRTIO_ID_CONSOLE, .num_vq = LGBUS_QUEUES};
	for (unsigned i = 0; i < LGBUS_QUEUES; i++)
		vq[i] = (struct lguest_vqconfig){.num = LGBUS_RING_NUM,
						 .irq = (uint16_t)(1 + i),
						 .pfn = ring_gpa(g, i) >> PAGE_SHIFT};
	reset_queues(g);
}

static void gave_back(struct guest *g, unsigned queue)
{
	if (virtq_wants_interrupt(&g->bus.queues[queue]))
		virq_raise(g, 1 + queue);
}

/* A ring with nonsense in it is left alone until the guest resets the device. */
static void check_broken(const struct guest *g, struct virtq *r)
{
	if (!r->is_broken || !r->why)
		return;
	log_warn("guest \"%s\": console stopped: %s", guest_name(g), r->why);
	r->why = NULL;
}

static uint32_t write_buffer(struct guest *g, const struct virtq_buffer *b)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < b->count; i++) {
		const struct virtq_segment *s = &b->segments[i];

		if (s->device_writes)
			continue;
		console_write(&g->console, (const char *)guest_memory(g) + s->gpa, s->bytes);
		bytes += s->bytes;
	}
	return bytes;
}

static uint32_t output_bytes(const struct virtq_buffer *b)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < b->count; i++)
		bytes += b->segments[i].device_writes ? 0 : b->segments[i].bytes;
	return bytes;
}

/* A buffer too large for the sinks right now goes back to the ring's front. */
static bool output_one(struct guest *g, uint32_t *moved)
{
	struct virtq *r = &g->bus.queues[LGBUS_CONSOLE_OUT];
	static struct virtq_buffer b;

	if (!virtq_pop(r, &b))
		return false;
	if (output_bytes(&b) > CONSOLE_MAX_WRITE) {
		r->is_broken = true;
		r->why = "output buffer larger than 16 KiB";
		return false;
	}
	if (!console_has_room(output_bytes(&b))) {
		r->last_avail--;
		g->bus.output_left = true; /* until the serial line has drained some */
		return false;
	}
	*moved += write_buffer(g, &b);
	virtq_push(r, &b, 0);
	gave_back(g, LGBUS_CONSOLE_OUT);
	return true;
}

static void output(struct guest *g)
{
	struct virtq *r = &g->bus.queues[LGBUS_CONSOLE_OUT];
	uint32_t moved = 0;

	g->bus.output_left = false;
	while (output_one(g, &moved))
		if (moved >= OUTPUT_BUDGET && virtq_has_buffer(r)) {
			g->bus.output_left = lgbus_work_due = true;
			break;
		}
	check_broken(g, r);
}

static uint32_t fill_buffer(struct guest *g, const struct virtq_buffer *b)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < b->count; i++) {
		const struct virtq_segment *s = &b->segments[i];

		if (s->device_writes)
			bytes += console_read(&g->console, (char *)guest_memory(g) + s->gpa,
					      s->bytes);
	}
	return bytes;
}

static void input(struct guest *g)
{
	struct virtq *r = &g->bus.queues[LGBUS_CONSOLE_IN];
	static struct virtq_buffer b;

	while (console_has_input(&g->console) && virtq_pop(r, &b)) {
		virtq_push(r, &b, fill_buffer(g, &b));
		gave_back(g, LGBUS_CONSOLE_IN);
	}
	check_broken(g, r);
}

void lgbus_work(struct guest *g)
{
	if (g->state == GUEST_STALLED && console_has_room(EARLY_MAX)) {
		g->state = GUEST_RUNNING;
		sched_woken(g);
	}
	if (!g->bus.is_ready)
		return;
	if (g->bus.output_left)
		output(g);
	if (console_has_input(&g->console))
		input(g);
}

static void device_changed(struct guest *g)
{
	const struct lguest_device_desc *desc = guest_ram(g, g->ram_bytes, sizeof(*desc));

	if (READ_ONCE(desc->status) == 0)
		reset_queues(g);
	else
		g->bus.is_ready = true;
}

/* Before any driver: a NUL-ended string anywhere in RAM. */
static void early_console(struct guest *g, gpa_t at)
{
	const char *text = (const char *)guest_memory(g) + at;
	uint32_t n = 0, limit = MIN(g->ram_bytes - at, EARLY_MAX);

	if (!console_has_room(EARLY_MAX)) {
		g->state = GUEST_STALLED; /* hypercall.c takes the call back */
		sched_stopped(g);
		return;
	}
	while (n < limit && READ_ONCE(text[n]))
		n++;
	console_write(&g->console, text, n);
}

void lgbus_notify(struct guest *g, gpa_t at)
{
	if (at == g->ram_bytes)
		device_changed(g);
	else if (at == ring_gpa(g, LGBUS_CONSOLE_OUT))
		output(g);
	else if (at == ring_gpa(g, LGBUS_CONSOLE_IN))
		input(g);
	else if (at < g->ram_bytes)
		early_console(g, at);
	else
		guest_fail(g, "NOTIFY 0x%08x: neither a device, nor a ring, nor below 0x%08x", at,
			   g->ram_bytes);
}
