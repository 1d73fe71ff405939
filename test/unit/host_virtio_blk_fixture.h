/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio disk for the driver's tests, and somebody who uses it. */
#ifndef GATEHOUSE_TEST_UNIT_HOST_VIRTIO_BLK_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_HOST_VIRTIO_BLK_FIXTURE_H

#include "core/log.h"
#include "drivers/host_virtio_blk.h"

#include <linux/virtio_blk.h>

#include "test/unit/host_virtio_fixture.h"

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

#define F(f)      (1ull << VIRTIO_##f)
#define USUAL     (F(BLK_F_SEG_MAX) | F(BLK_F_FLUSH) | F(RING_F_INDIRECT_DESC))
#define SECTORS   2048u
#define REQUESTS  100u
#define CONFIG(f) offsetof(struct virtio_blk_config, f)

static uint8_t medium[SECTORS * BLOCK_SECTOR], data[SECTORS * BLOCK_SECTOR];
static struct block_segment segments[BLOCK_SEGMENTS];
static struct block_request requests[REQUESTS];
static int results[REQUESTS];
static unsigned done_count;
static struct block_request *again; /* submitted from done() */

/* Of the device. */
static unsigned seg_max, size_max, parts, flushes, most_parts_at_once;
static uint8_t status_to_give;

static struct block_disk *disk(void)
{
	return host.disks[0];
}

static void set32(unsigned offset, uint32_t value)
{
	memcpy(fake.config + offset, &value, sizeof(value));
}

/* ---- the device ---------------------------------------------------------------------- */

static uint32_t move(const struct fake_chain *c, uint32_t type, uint64_t sector)
{
	uint8_t *at = medium + sector * BLOCK_SECTOR;

	assert_true(c->count - 2 <= seg_max);
	for (unsigned i = 1; i + 1 < c->count; i++) {
		uint32_t n = c->d[i].len;

		assert_true(n && n % BLOCK_SECTOR == 0 && n <= size_max);
		assert_true(at + n <= medium + sizeof(medium));
		assert_int_equal(!!(c->d[i].flags & VRING_DESC_F_WRITE), type == VIRTIO_BLK_T_IN);
		if (type == VIRTIO_BLK_T_IN)
			memcpy(fake_at(&c->d[i]), at, n);
		else
			memcpy(at, fake_at(&c->d[i]), n);
		at += n;
	}
	return (uint32_t)(at - medium - sector * BLOCK_SECTOR);
}

static void zero(const struct fake_chain *c, unsigned max_at)
{
	const struct virtio_blk_discard_write_zeroes *r = fake_at(&c->d[1]);
	uint32_t max;

	memcpy(&max, fake.config + max_at, sizeof(max));
	assert_int_equal(c->count, 3);
	assert_int_equal(c->d[1].len, sizeof(*r));
	assert_true(r->num_sectors && r->num_sectors <= max && r->flags == 0);
	memset(medium + r->sector * BLOCK_SECTOR, 0, r->num_sectors * BLOCK_SECTOR);
}

static void carry_out(const struct fake_chain *c)
{
	const struct virtio_blk_outhdr *header = fake_at(&c->d[0]);
	uint8_t *status = fake_at(&c->d[c->count - 1]);

	parts++;
	assert_int_equal(c->d[0].len, sizeof(*header));
	assert_int_equal(c->d[c->count - 1].len, 1);
	assert_int_equal(c->d[c->count - 1].flags, VRING_DESC_F_WRITE);
	*status = status_to_give;
	if (header->type == VIRTIO_BLK_T_GET_ID)
		memcpy(fake_at(&c->d[1]), "serial\n of too many.", VIRTIO_BLK_ID_BYTES);
	else if (header->type == VIRTIO_BLK_T_FLUSH)
		flushes += c->count == 2;
	else if (header->type == VIRTIO_BLK_T_DISCARD)
		zero(c, CONFIG(max_discard_sectors));
	else if (header->type == VIRTIO_BLK_T_WRITE_ZEROES)
		zero(c, CONFIG(max_write_zeroes_sectors));
	else
		move(c, header->type, header->sector);
}

/* Everything it was given, the last first. */
static void serve(void)
{
	static struct fake_chain chains[HOST_RING_MAX];
	unsigned n = 0;

	while (fake_take(0, &chains[n]))
		n++;
	most_parts_at_once = MAX(most_parts_at_once, n);
	while (n--) {
		carry_out(&chains[n]);
		fake_used(0, chains[n].head, 0);
	}
}

/* ---- the driver's user ---------------------------------------------------------------- */

static void prepare(uint64_t features)
{
	fake_init();
	fake_memory(&host_virtio_blk_driver);
	fake.features = features;
	fake.answer = serve;
	set32(CONFIG(capacity), SECTORS);
	seg_max = features & F(BLK_F_SEG_MAX) ? 126 : 1;
	size_max = BLOCK_SEGMENT_MAX;
	set32(CONFIG(seg_max), seg_max);
	done_count = parts = flushes = most_parts_at_once = 0;
	status_to_give = VIRTIO_BLK_S_OK;
	again = NULL;
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 509);
	memset(medium, 0x11, sizeof(medium));
}

static void start(uint64_t features)
{
	prepare(features);
	assert_int_equal(host.driver->start(&host), 0);
	assert_int_equal(host.disk_count, 1);
	parts = most_parts_at_once = 0;
}

static void end(void)
{
	assert_false(host.driver->is_waiting(&host));
	host.driver->stop(&host);
	assert_true(fake.is_reset && !fake.runs);
	free(host.memory);
}

static void refused(void)
{
	assert_int_equal(host.driver->start(&host), -EIO);
	assert_true(fake.is_reset && fake.lines >= 1);
	free(host.memory);
}

static void done(struct block_request *r, int error)
{
	results[r - requests] = error;
	done_count++;
	if (again) {
		struct block_request *next = again;

		again = NULL;
		assert_int_equal(disk()->ops->submit(disk(), next), 0);
	}
}

static void put(unsigned n, enum block_op op, uint64_t sector, uint32_t sectors, unsigned count)
{
	unsigned before = done_count;

	requests[n] = (struct block_request){.op = op,
					     .sector = sector,
					     .sectors = sectors,
					     .count = count,
					     .segments = segments,
					     .done = done};
	results[n] = 1;
	assert_int_equal(disk()->ops->submit(disk(), &requests[n]), 0);
	assert_int_equal(done_count, before);
}

/* Until nothing happens any more. */
static void work(void)
{
	for (unsigned i = 0; i < 2000 && host.driver->is_waiting(&host); i++) {
		serve();
		host.driver->interrupt(&host);
	}
}

static unsigned cut(uint8_t *at, uint32_t bytes, uint32_t piece)
{
	unsigned count = 0;

	for (; bytes; count++) {
		uint32_t n = MIN(bytes, piece);

		segments[count] = (struct block_segment){at, n};
		at += n;
		bytes -= n;
	}
	return count;
}

/* Writes and reads back; returns the parts of the writing. */
static unsigned round_trip(uint32_t sectors, uint32_t piece)
{
	static uint8_t back[sizeof(data)];
	unsigned writes;

	parts = done_count = 0;
	memset(medium, 0x11, sizeof(medium));
	put(0, BLOCK_WRITE, 3, sectors, cut(data, sectors * BLOCK_SECTOR, piece));
	work();
	assert_int_equal(results[0], 0);
	assert_memory_equal(medium + 3 * BLOCK_SECTOR, data, sectors * BLOCK_SECTOR);
	assert_int_equal(medium[3 * BLOCK_SECTOR - 1], 0x11);
	assert_int_equal(medium[(3 + sectors) * BLOCK_SECTOR], 0x11);
	writes = parts;
	memset(back, 0, sizeof(back));
	put(1, BLOCK_READ, 3, sectors, cut(back, sectors * BLOCK_SECTOR, piece));
	work();
	assert_int_equal(results[1], 0);
	assert_memory_equal(back, data, sectors * BLOCK_SECTOR);
	assert_int_equal(done_count, 2);
	return writes;
}

#endif
