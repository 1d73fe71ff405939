/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio disk over a disk with moods, and a driver's hands. */
#ifndef GATEHOUSE_TEST_UNIT_VIRTIO_BLK_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VIRTIO_BLK_FIXTURE_H

#include "core/virtio/blk.h"

#include <linux/virtio_blk.h>

#include "test/unit/disk_fixture.h"

#define MEMORY  (4u << 20)
#define NUM     128u
#define AVAIL   0x800u
#define USED    0xA00u
#define DATA    0x10000u
#define SECTORS 20000u
#define NOTHING 0xAAu /* a status nobody wrote */

enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };

static struct fake_disk disk;
static struct virtio_blk *b;
static uint8_t *memory;
static unsigned raised;

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

static inline void put_desc(unsigned i, uint64_t gpa, uint32_t bytes, unsigned flags)
{
	put(16 * i, 8, gpa);
	put(16 * i + 8, 4, bytes);
	put(16 * i + 12, 2, flags);
	put(16 * i + 14, 2, i + 1);
}

static inline void put_header(uint32_t at, uint32_t type, uint64_t sector)
{
	put(at, 4, type);
	put(at + 4, 4, 0);
	put(at + 8, 8, sector);
}

static inline void offer(unsigned head)
{
	uint32_t idx = get(AVAIL + 2, 2);

	put(AVAIL + 4 + 2 * (idx % NUM), 2, head);
	put(AVAIL + 2, 2, idx + 1);
}

static inline uint32_t used_idx(void)
{
	return get(USED + 2, 2);
}

static inline uint32_t used_head(unsigned n)
{
	return get(USED + 4 + 8 * (n % NUM), 4);
}

static inline uint32_t used_len(unsigned n)
{
	return get(USED + 4 + 8 * (n % NUM) + 4, 4);
}

static inline void fake_raise(struct virtio_device *d)
{
	raised++;
}

static inline void start_driver(uint64_t features)
{
	struct virtio_queue *q = &b->device.queues[0];

	virtio_set_status(&b->device, 3);
	b->device.accepted = features | 1ull << 32;
	virtio_set_status(&b->device, 11);
	memset(memory, 0, 0x1000);
	q->avail = AVAIL;
	q->used = USED;
	virtio_enable_queue(&b->device, 0);
	virtio_set_status(&b->device, 15);
	assert_int_equal(b->device.status, 15);
}

static inline void notify(void)
{
	virtio_notify(&b->device, 0);
}

static inline void open_disk(void)
{
	struct vmem mem = {memory, MEMORY};

	virtio_blk_init(b, &mem, &disk.disk, "the disk");
	b->device.raise = fake_raise;
}

static inline int setup(void **state)
{
	memory = aligned_alloc(4096, MEMORY);
	memset(memory, 0, MEMORY);
	b = malloc(sizeof(*b));
	memset(b, 0xEE, sizeof(*b));
	fake_disk_init(&disk, SECTORS);
	raised = 0;
	open_disk();
	return 0;
}

static inline int teardown(void **state)
{
	free(disk.data);
	free(b);
	free(memory);
	return 0;
}

/* Header, data and status in a descriptor each, from descriptor head on; data at DATA. */
static inline void ask(unsigned head, uint32_t type, uint64_t sector, uint32_t at, uint32_t bytes)
{
	uint32_t header = 0x8000 + head * 32;
	bool is_read = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;

	put_header(header, type, sector);
	put(header + 16, 1, NOTHING);
	put_desc(head, header, 16, F_NEXT);
	put_desc(head + 1, at, bytes, F_NEXT | (is_read ? F_WRITE : 0));
	put_desc(head + 2, header + 16, 1, F_WRITE);
	offer(head);
	notify();
}

static inline uint8_t status_of(unsigned head)
{
	return memory[0x8000 + head * 32 + 16];
}

/* One is done, and the guest has its turn. */
static inline void finish(unsigned n, int error)
{
	fake_finish(&disk, n, error);
	virtio_work(&b->device);
}

/* ask(), and all is done at once; returns the status. */
static inline uint8_t ask_and_finish(uint32_t type, uint64_t sector, uint32_t at, uint32_t bytes)
{
	ask(0, type, sector, at, bytes);
	while (disk.count)
		fake_finish(&disk, 0, 0);
	return status_of(0);
}

#define BLK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
