/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's disk= can name: the machine's disks (hd0), their partitions
 * (hd0p1), RAM disks; and who uses what.
 */
#ifndef GATEHOUSE_CORE_DISKS_H
#define GATEHOUSE_CORE_DISKS_H

#include "core/config.h"
#include "core/disk_window.h"
#include "core/overlay.h"

/* A guest's use of a disk or of a part of one; its memory stays for ever. */
struct disk_use {
	struct disk_use *next;
	const char *guest;
	struct block_disk *base; /* the whole disk */
	uint64_t first, sectors;
	bool writes; /* what is below: a snapshot does not */
	struct disk_window window;
	struct overlay overlay;
};

/* Learns what there is: the configuration's RAM disks, and host_disk() with their partitions. */
void disks_init(const struct config *cfg);

/*
 * Opens the disk for that guest: *disk is what it gets. 0, or an error and
 * why in words: no such disk, in use, no memory.
 */
int disk_open(struct disk_use *use, const struct config_disk *want, const char *guest,
	      struct block_disk **disk, char *why, size_t why_bytes);

/* All there are, chained by next. */
const struct disk_use *disks_uses(void);

/* A guest that will not come to life gives back what it opened; guest as in disk_open(). */
void disks_close(const char *guest);

#endif
