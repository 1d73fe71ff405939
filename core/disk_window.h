/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of a disk as a disk: a partition. Several windows share a disk, in
 * turn where it is full. A disk has one user: either windows, or something else.
 */
#ifndef GATEHOUSE_CORE_DISK_WINDOW_H
#define GATEHOUSE_CORE_DISK_WINDOW_H

#include "core/block.h"

#define DISK_WINDOW_REQUESTS 16u /* with the disk below at the same time */

/* What the disk below gets: it needs the request's next, holder and progress for itself. */
struct disk_window_request {
	struct block_request below;
	struct block_request *above; /* NULL: free */
	struct disk_window *window;
};

struct disk_window {
	struct block_disk disk; /* looks like the one below; never says -EAGAIN */
	struct block_disk *below;
	uint64_t first;
	struct disk_window *neighbour; /* the next window of this disk, in a ring */
	struct block_request *waiting, *last_waiting;
	struct disk_window_request requests[DISK_WINDOW_REQUESTS];
};

/*
 * sectors from first on, which lie on the disk below. The window stays until
 * disk_window_remove(). Takes below->wake and below->owner for the windows.
 */
void disk_window_init(struct disk_window *w, struct block_disk *below, uint64_t first,
		      uint64_t sectors, bool read_only);

/* Nothing may be under way in it. */
void disk_window_remove(struct disk_window *w);

#endif
