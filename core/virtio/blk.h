/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio block device (virtio 1.0, 5.2): one queue in front of a disk. */
#ifndef GATEHOUSE_CORE_VIRTIO_BLK_H
#define GATEHOUSE_CORE_VIRTIO_BLK_H

#include "core/block.h"
#include "core/util.h"
#include "core/virtio/device.h"

#define VIRTIO_BLK_REQUESTS 16u /* with the disk at the same time */
#define VIRTIO_BLK_BOUNCE   KIB(4)

struct virtio_blk;

/* One buffer of the guest's that the disk works on. */
struct virtio_blk_request {
	struct block_request block; /* its holder, next and progress belong to the disk */
	struct virtio_blk *owner;   /* NULL: free */
	bool is_orphan;             /* the device was reset: the guest must not hear of it */
	bool is_waiting;            /* the disk said -EAGAIN: it has not got it */
	bool flush_after;           /* what it writes must be on the medium when it is done */
	uint16_t head;
	uint32_t written;                              /* bytes for the guest, once it is done */
	gpa_t status;                                  /* where the status byte goes */
	struct block_segment segments[BLOCK_SEGMENTS]; /* the guest's */
};

struct virtio_blk {
	struct virtio_device device;
	struct block_disk *disk;
	char id[20]; /* what GET_ID says (VIRTIO_BLK_ID_BYTES), NUL-padded */
	unsigned in_flight;
	/*
	 * Data the disk cannot take from where the guest has them go through here,
	 * piece by piece, one request at a time.
	 */
	struct virtio_blk_request *bouncing; /* NULL: free */
	unsigned bounce_segment;             /* where in the guest's segments it goes on */
	uint32_t bounce_offset;
	uint32_t bounce_left; /* sectors after this piece */
	struct block_segment piece;
	uint8_t bounce[VIRTIO_BLK_BOUNCE] ALIGNED(4);
	struct virtio_blk_request requests[VIRTIO_BLK_REQUESTS];
};

/*
 * disk stays where it is and is this device's alone; its wake and owner are set
 * here. id: at most 20 characters count. b may be made anew, and its memory or
 * the guest's go away, only while virtio_is_busy() says no: until then somebody
 * must call virtio_work() when work_left says so, whatever became of the guest.
 */
void virtio_blk_init(struct virtio_blk *b, const struct vmem *mem, struct block_disk *disk,
		     const char *id);

#endif
