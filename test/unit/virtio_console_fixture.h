/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio console between ends that take and give what they like, and a driver's hands. */
#ifndef GATEHOUSE_TEST_UNIT_VIRTIO_CONSOLE_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VIRTIO_CONSOLE_FIXTURE_H

#include "core/virtio/console.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MEMORY     (68u << 20) /* 64 buffers of it are more than 4 GiB */
#define DATA       0x10000u
#define INDIRECT   0x8000u
#define NUM        64u
#define BUDGET     2048u
#define OUT_MAX    0x40000u
#define RING_BYTES 0x1000u
#define AVAIL      0x400u /* within a ring */
#define USED       0x800u

enum { INPUT, OUTPUT };
enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };
enum { FEATURE_INDIRECT = 28, FEATURE_EVENT_IDX = 29, FEATURE_VERSION_1 = 32 };

static struct virtio_console *c;
static uint8_t *memory;
static unsigned raised;

/* The ends. */
static char *out;
static uint32_t out_bytes, room, most; /* room: in the sink; most: it takes at one call */
static uint32_t asked;                 /* the most since it was cleared, all calls together */
static const char *typed;

static inline uint32_t fake_write(void *port, const char *text, uint32_t bytes)
{
	uint32_t n = MIN(MIN(bytes, room), most);

	assert_ptr_equal(port, &out);
	memcpy(out + out_bytes, text, n);
	out_bytes += n;
	room -= n;
	asked += bytes;
	return n;
}

static inline bool fake_has_input(const void *port)
{
	return *typed;
}

static inline uint32_t fake_read(void *port, char *to, uint32_t bytes)
{
	uint32_t n = (uint32_t)strnlen(typed, bytes);

	memcpy(to, typed, n);
	typed += n;
	return n;
}

/* Who took less than all has no room. */
static bool fake_has_room(const void *port)
{
	return false;
}

static const struct virtio_console_ends ends = {fake_write, fake_has_room, fake_has_input,
						fake_read};

static inline void fake_raise(struct virtio_device *d)
{
	raised++;
}

/* ---- the driver --------------------------------------------------------------- */

static inline void put(uint32_t at, unsigned bytes, uint64_t value)
{
	memcpy(memory + at, &value, bytes);
}

static inline uint32_t get(uint32_t at, unsigned bytes)
{
	uint32_t value = 0;

	memcpy(&value, memory + at, bytes);
	return value;
}

static inline uint32_t ring(unsigned queue)
{
	return queue * RING_BYTES;
}

static inline void put_desc(uint32_t table, unsigned i, uint64_t gpa, uint32_t bytes,
			    unsigned flags)
{
	put(table + 16 * i, 8, gpa);
	put(table + 16 * i + 8, 4, bytes);
	put(table + 16 * i + 12, 2, flags);
	put(table + 16 * i + 14, 2, i + 1);
}

static inline void offer(unsigned queue, unsigned head)
{
	uint32_t idx = get(ring(queue) + AVAIL + 2, 2);

	put(ring(queue) + AVAIL + 4 + 2 * (idx % NUM), 2, head);
	put(ring(queue) + AVAIL + 2, 2, idx + 1);
}

static inline uint32_t used_idx(unsigned queue)
{
	return get(ring(queue) + USED + 2, 2);
}

static inline uint32_t used_len(unsigned queue, unsigned n)
{
	return get(ring(queue) + USED + 4 + 8 * (n % NUM) + 4, 4);
}

static inline void enable(unsigned queue)
{
	struct virtio_queue *q = &c->device.queues[queue];

	memset(memory + ring(queue), 0, RING_BYTES);
	q->desc = ring(queue);
	q->avail = ring(queue) + AVAIL;
	q->used = ring(queue) + USED;
	virtio_enable_queue(&c->device, queue);
}

static inline void start(uint64_t features)
{
	virtio_set_status(&c->device, 3);
	c->device.accepted = features | 1ull << FEATURE_VERSION_1;
	virtio_set_status(&c->device, 11);
	enable(INPUT);
	enable(OUTPUT);
	virtio_set_status(&c->device, 15);
	assert_int_equal(c->device.status, 15);
}

static inline void notify(unsigned queue)
{
	asked = 0;
	virtio_notify(&c->device, queue);
	assert_true(asked <= BUDGET);
}

static inline void work(void)
{
	asked = 0;
	virtio_console_work(c);
	assert_true(asked <= BUDGET);
}

static inline int setup(void **state)
{
	struct vmem mem = {.bytes = MEMORY};

	memory = mem.base = calloc(1, MEMORY);
	c = calloc(1, sizeof(*c));
	out = malloc(OUT_MAX);
	out_bytes = raised = 0;
	room = OUT_MAX;
	most = ~0u;
	typed = "";
	for (uint32_t i = 0; i < OUT_MAX; i++)
		memory[DATA + i] = (uint8_t)(i * 7 + (i >> 8) * 31 + (i >> 16));
	virtio_console_init(c, &mem, &ends, &out);
	c->device.raise = fake_raise;
	return 0;
}

static inline int teardown(void **state)
{
	free(out);
	free(c);
	free(memory);
	return 0;
}

#define CONSOLE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
