/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console device (virtio 1.0, 5.3): one port, emergency write. */
#include "core/virtio/console.h"

#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>

#include "core/lib.h"
#include "core/util.h"

enum { QUEUE_INPUT, QUEUE_OUTPUT, QUEUES };

#define EMERGENCY offsetof(struct virtio_console_config, emerg_wr)

/* Output bytes moved at one go, so that an exit stays short (design section 3). */
#define OUTPUT_BUDGET 2048u

/* What a descriptor counts for: a chain may be long and empty. */
#define DESCRIPTOR_COST 8u

static struct virtio_console *console_of(struct virtio_device *d)
{
	return container_of(d, struct virtio_console, device);
}

/*
 * Writes the buffer from c->done on, at most *budget bytes of it. True when
 * all of it is out.
 */
static bool write_buffer(struct virtio_console *c, const struct virtq_buffer *b, uint32_t *budget)
{
	uint64_t skip = c->done;

	for (unsigned i = 0; i < b->count; i++) {
		const struct virtq_segment *s = &b->segments[i];
		uint32_t left, n;

		if (s->device_writes)
			continue;
		if (skip >= s->bytes) {
			skip -= s->bytes;
			continue;
		}
		left = s->bytes - (uint32_t)skip;
		n = c->ends->write(c->port, (const char *)c->device.mem.base + s->gpa + skip,
				   MIN(left, *budget));
		c->done += n;
		c->output_waits = n < MIN(left, *budget) && !c->ends->has_room(c->port);
		*budget -= n;
		if (n < left)
			return false;
		skip = 0;
	}
	return true;
}

/* As much as the budget and the sinks allow; an unfinished buffer stays at the ring's front. */
static void output(struct virtio_console *c)
{
	struct virtq *r = &c->device.queues[QUEUE_OUTPUT].ring;
	uint32_t budget = OUTPUT_BUDGET;
	struct virtq_buffer b;

	c->output_waits = c->device.work_left = false;
	while (virtq_pop(r, &b)) {
		if (!write_buffer(c, &b, &budget)) {
			virtq_unpop(r);
			c->device.work_left = !c->output_waits;
			return;
		}
		c->done = 0;
		virtq_push(r, &b, 0);
		virtio_used(&c->device, QUEUE_OUTPUT);
		budget -= MIN(budget, b.count * DESCRIPTOR_COST);
		if (!budget) {
			c->device.work_left = virtq_has_buffer(r);
			return;
		}
	}
}

static uint32_t fill_buffer(struct virtio_console *c, const struct virtq_buffer *b)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < b->count; i++)
		if (b->segments[i].device_writes)
			bytes += c->ends->read(c->port,
					       (char *)c->device.mem.base + b->segments[i].gpa,
					       b->segments[i].bytes);
	return bytes;
}

static void input(struct virtio_console *c)
{
	struct virtq *r = &c->device.queues[QUEUE_INPUT].ring;
	struct virtq_buffer b;

	while (c->ends->has_input(c->port) && virtq_pop(r, &b)) {
		virtq_push(r, &b, fill_buffer(c, &b));
		virtio_used(&c->device, QUEUE_INPUT);
	}
}

void virtio_console_work(struct virtio_console *c)
{
	if (!virtio_is_ready(&c->device))
		return;
	if (c->output_waits || c->device.work_left)
		output(c);
	if (c->device.queues[QUEUE_INPUT].is_enabled)
		input(c);
}

static void work(struct virtio_device *d)
{
	output(console_of(d));
}

static void notify(struct virtio_device *d, unsigned queue)
{
	if (queue == QUEUE_OUTPUT)
		output(console_of(d));
	else
		input(console_of(d));
}

static void reset(struct virtio_device *d)
{
	struct virtio_console *c = console_of(d);

	c->done = 0;
	c->output_waits = false;
}

/* One character, before any driver (5.3.4): lost only if nothing can take it. */
static void config_written(struct virtio_device *d, uint32_t offset, uint32_t bytes)
{
	struct virtio_console *c = console_of(d);
	char character = (char)d->config[offset];

	(void)bytes;
	if (offset == EMERGENCY)
		c->ends->write(c->port, &character, 1);
}

static const struct virtio_kind kind = {
	.name = "console",
	.id = VIRTIO_ID_CONSOLE,
	.queues = QUEUES,
	.queue_num = 64,
	.config_bytes = sizeof(struct virtio_console_config),
	.reset = reset,
	.notify = notify,
	.work = work,
	.writable_from = EMERGENCY,
	.writable_bytes = 4,
	.config_written = config_written,
};

void virtio_console_init(struct virtio_console *c, const struct vmem *mem,
			 const struct virtio_console_ends *ends, void *port)
{
	c->ends = ends;
	c->port = port;
	virtio_device_init(&c->device, &kind, mem, 1ull << VIRTIO_CONSOLE_F_EMERG_WRITE);
}

void virtio_console_set_size(struct virtio_console *c, uint16_t cols, uint16_t rows)
{
	struct virtio_console_config config = {.cols = cols, .rows = rows};

	memcpy(c->device.config, &config, sizeof(config));
	c->device.offered |= 1ull << VIRTIO_CONSOLE_F_SIZE;
	virtio_config_changed(&c->device);
}
