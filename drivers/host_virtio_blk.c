/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio disks (virtio 1.0, 5.2; discard and write zeroes: 1.1): start and end.
 */
#include "drivers/host_virtio_blk.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "core/errno.h"
#include "core/lib.h"
#include "drivers/host_virtio_blk_io.h"

#define PHYSICAL_MAX 3u /* 512 << 3: more is not believed */

#define FEATURE(f) (1ull << VIRTIO_##f)
#define FEATURES                                                                                   \
	(FEATURE(BLK_F_SIZE_MAX) | FEATURE(BLK_F_SEG_MAX) | FEATURE(BLK_F_RO) |                    \
	 FEATURE(BLK_F_BLK_SIZE) | FEATURE(BLK_F_TOPOLOGY) | FEATURE(BLK_F_FLUSH) |                \
	 FEATURE(BLK_F_DISCARD) | FEATURE(BLK_F_WRITE_ZEROES) | FEATURE(RING_F_INDIRECT_DESC))

#define CONFIG(v, field)                                                                           \
	host_virtio_config(v, offsetof(struct virtio_blk_config, field),                           \
			   sizeof(((struct virtio_blk_config *)NULL)->field))

/* Slots of one indirect descriptor each, or of as many as a request may need, or there are. */
static bool start_queue(struct host_blk *b)
{
	uint16_t num = host_virtio_queue_size(&b->virtio, 0);

	if (!num)
		return false;
	b->is_indirect = host_blk_has(b, VIRTIO_RING_F_INDIRECT_DESC);
	b->stride = b->is_indirect ? 1 : (uint16_t)MIN(num, HOST_BLK_TABLE);
	b->slot_count = (uint16_t)MIN(num / b->stride, HOST_BLK_SLOTS);
	b->segments_max =
		MIN(num, HOST_BLK_TABLE) - 2u; /* no chain is longer than the ring (2.4.5.3.1) */
	return !host_virtio_queue_start(&b->virtio, 0, b->ring, num, b->stride, b->slot_count);
}

static uint32_t config_if(const struct host_blk *b, unsigned feature, uint32_t value,
			  uint32_t otherwise)
{
	return host_blk_has(b, feature) ? value : otherwise;
}

/* A device that does not say how many segments it takes is asked for one at a time. */
static bool read_limits(struct host_blk *b)
{
	const struct host_virtio *v = &b->virtio;
	uint32_t bytes =
		config_if(b, VIRTIO_BLK_F_SIZE_MAX, CONFIG(v, size_max), BLOCK_SEGMENT_MAX);
	uint32_t count = config_if(b, VIRTIO_BLK_F_SEG_MAX, CONFIG(v, seg_max), 1);
	uint32_t block = config_if(b, VIRTIO_BLK_F_BLK_SIZE, CONFIG(v, blk_size), BLOCK_SECTOR);

	b->segment_bytes = ALIGN_DOWN(MIN(bytes, BLOCK_SEGMENT_MAX), BLOCK_SECTOR);
	b->segments_max = MIN(count, b->segments_max);
	b->discard_sectors = config_if(b, VIRTIO_BLK_F_DISCARD, CONFIG(v, max_discard_sectors), 0);
	b->zero_sectors =
		config_if(b, VIRTIO_BLK_F_WRITE_ZEROES, CONFIG(v, max_write_zeroes_sectors), 0);
	if (!b->segment_bytes || !count)
		host_virtio_log(v, "takes no segment of 512 bytes; not used");
	else if (block != BLOCK_SECTOR)
		host_virtio_log(v, "has blocks that are not of 512 bytes; not used");
	else
		return true;
	return false;
}

int host_blk_start_device(struct host_blk *b)
{
	if (host_virtio_begin(&b->virtio, FEATURES) || !start_queue(b) || !read_limits(b))
		return -EIO;
	host_virtio_run(&b->virtio);
	return 0;
}

/* The serial number, if it has one; false: it does not answer. */
static bool read_serial(struct host_blk *b)
{
	char *serial = b->disk.serial;
	uint8_t status = host_blk_io_get_id(b, serial);
	unsigned n = 0;

	while (status == VIRTIO_BLK_S_OK && n < VIRTIO_BLK_ID_BYTES && serial[n] >= ' ' &&
	       serial[n] <= '~')
		n++;
	memset(serial + n, 0, BLOCK_SERIAL - n);
	return status != HOST_BLK_NO_STATUS;
}

static void describe(struct host_blk *b)
{
	const struct host_virtio *v = &b->virtio;
	uint32_t exponent = config_if(b, VIRTIO_BLK_F_TOPOLOGY, CONFIG(v, physical_block_exp), 0);

	b->disk.ops = &host_blk_io_ops;
	snprintf(b->disk.model, sizeof(b->disk.model), "%s", v->name);
	b->disk.sectors = CONFIG(v, capacity);
	b->disk.physical_bytes = BLOCK_SECTOR << MIN(exponent, PHYSICAL_MAX);
	b->disk.read_only = host_blk_has(b, VIRTIO_BLK_F_RO);
	b->disk.can_discard = b->discard_sectors && !b->disk.read_only;
	b->disk.can_write_zeroes = b->zero_sectors && !b->disk.read_only;
}

static bool matches(const struct pci_function *f)
{
	return host_virtio_matches(f, VIRTIO_ID_BLOCK);
}

static int start(struct host_device *d)
{
	struct host_blk *b = d->memory;

	host_blk_io_init(b);
	b->may_restart = true;
	if (host_virtio_open(&b->virtio, &d->pci, "virtio disk"))
		return -EIO;
	if (host_blk_start_device(b)) {
		host_virtio_close(&b->virtio);
		return -EIO;
	}
	if (!read_serial(b)) {
		host_virtio_log(&b->virtio, "does not answer; not used");
		host_virtio_close(&b->virtio);
		return -EIO;
	}
	describe(b);
	d->disks[0] = &b->disk;
	d->disk_count = 1;
	return 0;
}

static void stop(struct host_device *d)
{
	struct host_blk *b = d->memory;

	host_virtio_close(&b->virtio);
}

static bool interrupt(struct host_device *d)
{
	return host_blk_io_interrupt(d->memory);
}

static bool is_waiting(const struct host_device *d)
{
	return host_blk_io_is_waiting(d->memory);
}

static void tick(struct host_device *d)
{
	host_blk_io_tick(d->memory);
}

const struct host_driver host_virtio_blk_driver = {
	.name = "virtio disk",
	.memory = sizeof(struct host_blk),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.is_waiting = is_waiting,
	.tick = tick,
	.stop = stop,
};
