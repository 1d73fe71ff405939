/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For drivers of virtio devices: the functions of drivers/host_virtio.h without
 * a bus, over the real ring code, and a device's side of the rings.
 */
#ifndef GATEHOUSE_TEST_UNIT_HOST_VIRTIO_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_HOST_VIRTIO_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/delay.h"
#include "core/errno.h"
#include "core/util.h"
#include "drivers/host_device.h"
#include "drivers/host_virtio.h"
#include "test/unit/unit.h"

/* What the device is like, and what was done to it. */
static struct {
	uint64_t features;
	uint16_t num;
	bool is_legacy;
	uint8_t config[128];
	bool begin_fails, resets_late, needs_reset;
	void (*answer)(void); /* while somebody waits */

	struct host_virtio *virtio;
	bool is_reset, is_cut_off, runs;
	unsigned begun, notices[HOST_VIRTIO_QUEUES], lines;
	uint8_t reasons;
	uint64_t now_ns;
	uint16_t taken[HOST_VIRTIO_QUEUES];
} fake;

static struct host_device host;

static void fake_init(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(&host, 0, sizeof(host));
	fake.num = 64;
	fake.now_ns = NSEC_PER_SEC;
}

static void fake_memory(const struct host_driver *driver)
{
	host.driver = driver;
	assert_return_code(posix_memalign(&host.memory, PAGE_SIZE, driver->memory), 0);
	memset(host.memory, 0, driver->memory);
}

/* ---- what drivers call ------------------------------------------------------------- */

bool host_virtio_matches(const struct pci_function *f, unsigned type)
{
	return f->product == type;
}

int host_virtio_open(struct host_virtio *v, const struct pci_function *f, const char *name)
{
	*v = (struct host_virtio){.pci = f, .name = name, .is_modern = !fake.is_legacy};
	fake.virtio = v;
	return 0;
}

int host_virtio_begin(struct host_virtio *v, uint64_t wanted)
{
	fake.begun++;
	v->features = fake.features & wanted;
	fake.is_reset = false;
	memset(fake.taken, 0, sizeof(fake.taken));
	return fake.begin_fails ? -EIO : 0;
}

uint16_t host_virtio_queue_size(struct host_virtio *v, unsigned queue)
{
	fake.lines += !fake.num;
	return fake.num;
}

int host_virtio_queue_start(struct host_virtio *v, unsigned queue, void *memory, uint16_t num,
			    uint16_t stride, uint16_t slots)
{
	host_ring_init(&v->queues[queue].ring, memory, num, stride, slots);
	return 0;
}

void host_virtio_run(struct host_virtio *v)
{
	fake.runs = true;
}

void host_virtio_notify(struct host_virtio *v, unsigned queue)
{
	assert_true(fake.runs);
	fake.notices[queue]++;
}

uint8_t host_virtio_interrupt(const struct host_virtio *v)
{
	uint8_t reasons = fake.reasons;

	fake.reasons = 0;
	return reasons;
}

bool host_virtio_needs_reset(const struct host_virtio *v)
{
	return fake.needs_reset;
}

uint64_t host_virtio_config(const struct host_virtio *v, unsigned offset, unsigned bytes)
{
	uint64_t value = 0;

	assert_true(offset + bytes <= sizeof(fake.config));
	memcpy(&value, fake.config + offset, bytes);
	return value;
}

bool host_virtio_reset(const struct host_virtio *v)
{
	fake.is_reset = !fake.resets_late;
	fake.runs = fake.needs_reset = false;
	return fake.is_reset;
}

bool host_virtio_is_reset(const struct host_virtio *v)
{
	return fake.is_reset;
}

void host_virtio_cut_off(const struct host_virtio *v)
{
	fake.is_cut_off = true;
}

void host_virtio_close(const struct host_virtio *v)
{
	if (!host_virtio_reset(v))
		host_virtio_cut_off(v);
}

void delay_us(uint32_t us)
{
	fake.now_ns += us * NSEC_PER_USEC;
	if (fake.answer)
		fake.answer();
}

uint64_t delay_now_ns(void)
{
	return fake.now_ns;
}

void host_virtio_log(const struct host_virtio *v, const char *what)
{
	fake.lines++;
}

/* ---- the device -------------------------------------------------------------------- */

struct fake_chain {
	unsigned head, count;
	struct vring_desc d[HOST_RING_MAX];
};

static struct host_ring *fake_ring(unsigned queue)
{
	return &fake.virtio->queues[queue].ring;
}

/* The next chain the driver gave, checked against what a device may expect (2.4). */
static bool fake_take(unsigned queue, struct fake_chain *c)
{
	struct host_ring *r = fake_ring(queue);
	const struct vring_desc *table = r->desc, *d;
	unsigned num = r->num;

	if (fake.taken[queue] == r->avail->idx)
		return false;
	c->head = r->avail->ring[fake.taken[queue]++ & (r->num - 1)];
	c->count = 0;
	assert_true(c->head < num);
	d = &table[c->head];
	if (d->flags & VRING_DESC_F_INDIRECT) {
		assert_int_equal(d->flags, VRING_DESC_F_INDIRECT);
		assert_int_equal(d->len % sizeof(*d), 0);
		table = d = (const struct vring_desc *)(uintptr_t)d->addr;
		num = r->desc[c->head].len / sizeof(*d);
	}
	for (;; d = &table[d->next]) {
		assert_true(c->count < r->num);
		c->d[c->count++] = *d;
		if (!(d->flags & VRING_DESC_F_NEXT))
			return true;
		assert_true(d->next < num);
	}
}

static void fake_used(unsigned queue, uint32_t id, uint32_t written)
{
	struct host_ring *r = fake_ring(queue);

	r->used->ring[r->used->idx & (r->num - 1)] = (struct vring_used_elem){id, written};
	r->used->idx++;
	fake.reasons |= 1;
}

static inline void *fake_at(const struct vring_desc *d)
{
	return (void *)(uintptr_t)d->addr;
}

#endif
