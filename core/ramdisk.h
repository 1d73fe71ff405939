/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk in memory. */
#ifndef GATEHOUSE_CORE_RAMDISK_H
#define GATEHOUSE_CORE_RAMDISK_H

#include "core/block_queue.h"

struct ramdisk {
	struct block_disk disk; /* its name is the caller's to fill in */
	uint8_t *memory;
	struct block_queue queue;
};

/* Whole sectors of the memory count; at least one. The memory stays the caller's. */
void ramdisk_init(struct ramdisk *r, void *memory, uint32_t bytes, bool read_only);

#endif
