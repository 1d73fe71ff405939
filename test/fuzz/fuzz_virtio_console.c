/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes a console device: the input is a byte of ring features, a list of
 * two-byte steps up to one that is 0, then the guest's memory with both rings
 * at its begin. The device reads and writes nowhere else, and does a bounded
 * amount at one go.
 */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/console.c */
#include "core/virtio/console.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY 0x2000u
#define NUM    16u
#define RING   0x400u
#define AVAIL  0x100u
#define USED   0x180u
#define BUDGET 2048u
#define STEPS  64u

enum { INPUT, OUTPUT, QUEUES };

static struct virtio_console console;
static uint8_t *memory;
static uint32_t room, typed, asked, most;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_within(const void *at, uint32_t bytes)
{
	const uint8_t *p = at;

	check(p >= memory && bytes <= MEMORY && p + bytes <= memory + MEMORY);
}

static uint32_t fake_write(void *port, const char *text, uint32_t bytes)
{
	uint32_t n = MIN(MIN(bytes, room), most);

	check(port == &room);
	if ((const uint8_t *)text == console.device.config + 8)
		check(bytes == 1);
	if (bytes > 1)
		check_within(text, bytes);
	asked += bytes;
	room -= n;
	return n;
}

static bool fake_has_room(const void *port)
{
	check(port == &room);
	return room > 0;
}

static bool fake_has_input(const void *port)
{
	check(port == &room);
	return typed > 0;
}

static uint32_t fake_read(void *port, char *to, uint32_t bytes)
{
	uint32_t n = MIN(typed, bytes);

	check(port == &room);
	check_within(to, bytes);
	memset(to, 'x', n);
	typed -= n;
	return n;
}

static const struct virtio_console_ends ends = {fake_write, fake_has_room, fake_has_input,
						fake_read};

static void fake_raise(struct virtio_device *d)
{
	check(d == &console.device);
}

static void enable(unsigned queue)
{
	struct virtio_queue *q = &console.device.queues[queue];

	q->num = NUM;
	q->desc = queue * RING;
	q->avail = queue * RING + AVAIL;
	q->used = queue * RING + USED;
	virtio_enable_queue(&console.device, queue);
}

static void set_up(uint8_t features)
{
	virtio_set_status(&console.device, 3);
	virtio_accept(&console.device, (uint64_t)(features & 3) << 28 | 1ull << 32);
	virtio_set_status(&console.device, 11);
	enable(INPUT);
	enable(OUTPUT);
	virtio_set_status(&console.device, 15);
}

/* What a go may ask of the sink: its budget, and pieces of it that were refused. */
static void step(uint8_t what, uint8_t argument, uint8_t features)
{
	asked = 0;
	switch (what % 8) {
	case 1:
		virtio_notify(&console.device, argument % (QUEUES + 1));
		break;
	case 2:
		virtio_console_work(&console);
		break;
	case 3:
		room = argument * 32u;
		break;
	case 4:
		typed = argument;
		break;
	case 5:
		virtio_config_write(&console.device, argument % 72, 1u << argument % 3, 'e');
		break;
	case 6:
		virtio_set_status(&console.device, 0);
		set_up(features);
		break;
	case 7:
		virtio_console_set_size(&console, argument, argument);
		most = argument + 1;
		break;
	default:
		virtio_work(&console.device);
	}
	check(asked <= BUDGET + 1);
	if (virtio_check(&console.device))
		check(console.device.status & 0x40);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmem mem = {.bytes = MEMORY};
	const uint8_t *end = data + size, *steps = data + 1, *contents;
	unsigned count = 0;

	if (!size)
		return 0;
	while (count < STEPS && steps + 2 * count + 1 < end && steps[2 * count])
		count++;
	contents = MIN(steps + 2 * count + 1, end);
	memory = mem.base = calloc(1, MEMORY);
	memcpy(memory, contents, MIN((size_t)(end - contents), MEMORY));
	room = most = BUDGET;
	typed = 3;
	virtio_console_init(&console, &mem, &ends, &room);
	console.device.raise = fake_raise;
	set_up(data[0]);
	for (unsigned i = 0; i < count; i++)
		step(steps[2 * i], steps[2 * i + 1], data[0]);
	free(memory);
	return 0;
}
