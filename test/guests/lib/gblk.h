/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio block device (virtio 1.0, 5.2) as test guests use it, and what is on test disks. */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_GBLK_H
#define GATEHOUSE_TEST_GUESTS_LIB_GBLK_H

#include <linux/virtio_blk.h>

#include "test/guests/lib/gvirtio.h"

#define GBLK_SECTOR   512u
#define GBLK_SEGMENTS 126u /* data pieces of a request, at most */

/* The disk with that number, not started. Skips the test where the host has no disks for guests. */
void gblk_open(struct gvirtio *d, unsigned index);

uint64_t gblk_sectors(struct gvirtio *d);

struct gblk_request {
	struct virtio_blk_outhdr header;
	uint8_t status;
	uint16_t head;
};

/* Offers a request without a kick; it and the data stay where they are until it is done. */
void gblk_post(struct gvirtio *d, struct gblk_request *r, uint32_t type, uint64_t sector,
	       const struct gpiece *data, unsigned count);

/* Does one request. Returns its status; *written, if not NULL, gets the used length. */
uint8_t gblk_do(struct gvirtio *d, uint32_t type, uint64_t sector, const struct gpiece *data,
		unsigned count, uint32_t *written);

/* Whole sectors in one piece; each fails the test on any status but OK. */
void gblk_read(struct gvirtio *d, uint64_t sector, void *to, uint32_t sectors);
void gblk_write(struct gvirtio *d, uint64_t sector, const void *from, uint32_t sectors);

/* The pattern of test/boot/media.py: made, and checked. */
void gblk_pattern(void *to, uint64_t sector, uint32_t sectors, uint32_t seed);
void gblk_check_pattern(const char *what, const void *at, uint64_t sector, uint32_t sectors,
			uint32_t seed);

/* Reads these sectors and compares them. */
void gblk_check_disk(struct gvirtio *d, const char *what, uint64_t sector, uint32_t sectors,
		     uint32_t seed);

#endif
