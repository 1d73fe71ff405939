/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the virtio disk driver share: its state, and requests under way. */
#ifndef GATEHOUSE_DRIVERS_HOST_VIRTIO_BLK_IO_H
#define GATEHOUSE_DRIVERS_HOST_VIRTIO_BLK_IO_H

#include <linux/virtio_blk.h>

#include "core/block.h"
#include "core/util.h"
#include "drivers/host_virtio.h"

#define HOST_BLK_SLOTS     32u
#define HOST_BLK_NO_STATUS 0xFFu
#define HOST_BLK_TABLE     (BLOCK_SEGMENTS + 2) /* and the header, and the status */

enum host_blk_state {
	HOST_BLK_RUNNING,
	HOST_BLK_RESETTING, /* the device may still use the slots' memory */
	HOST_BLK_DEAD,      /* every request fails */
};

/* A request with the device, or the part of it that is. */
struct host_blk_slot {
	struct virtio_blk_outhdr header;
	struct virtio_blk_discard_write_zeroes range;
	uint8_t status;
	uint32_t sectors; /* of this part */
	uint64_t since_ns;
	struct block_request *request; /* NULL: free */
};

struct host_blk_list {
	struct block_request *first, **end;
};

/* What host_device.memory is. */
struct host_blk {
	uint8_t ring[HOST_RING_BYTES] ALIGNED(HOST_RING_ALIGN);
	struct vring_desc tables[HOST_BLK_SLOTS][HOST_BLK_TABLE];
	struct host_blk_slot slots[HOST_BLK_SLOTS];
	struct host_virtio virtio;
	struct block_disk disk;
	uint8_t nothing[VIRTIO_BLK_ID_BYTES]; /* where answers go that nobody wants */
	enum host_blk_state state;
	unsigned ticks_left;
	unsigned reported; /* errors in the log */
	bool may_restart, is_indirect;
	uint16_t stride, slot_count;
	uint32_t segments_max, segment_bytes, discard_sectors, zero_sectors;
	uint32_t under_way;            /* slots with a request */
	struct host_blk_list waiting;  /* for a slot */
	struct host_blk_list finished; /* done() is still to be called; progress is the error */
};

extern const struct block_ops host_blk_io_ops;

void host_blk_io_init(struct host_blk *b);

/* What the driver's functions of these names do. */
bool host_blk_io_interrupt(struct host_blk *b);
bool host_blk_io_is_waiting(const struct host_blk *b);
void host_blk_io_tick(struct host_blk *b);

/*
 * Reads the disk's identification of VIRTIO_BLK_ID_BYTES, and waits for it at
 * most a second, at boot. Returns the status, or HOST_BLK_NO_STATUS.
 */
uint8_t host_blk_io_get_id(struct host_blk *b, char *id);

bool host_blk_has(const struct host_blk *b, unsigned feature);

/* From a device that is reset to one that works (host_virtio_blk.c). 0 or -EIO. */
int host_blk_start_device(struct host_blk *b);

#endif
