/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the partitions of a disk with sectors of 512 bytes: MBR with logical
 * ones, and GPT (UEFI 2.8, chapter 5). Says which sector it wants to see next,
 * as reading takes its time; a scan takes a bounded number of them.
 */
#ifndef GATEHOUSE_CORE_PARTITION_H
#define GATEHOUSE_CORE_PARTITION_H

#include "core/block.h"

#define PARTITIONS_MAX  32u
#define PARTITION_CHAIN 64u /* links of a chain of logical partitions that are followed */

struct partition {
	unsigned number; /* as Linux counts: MBR 1-4, logical ones from 5; GPT entry + 1 */
	uint64_t first, sectors;
	const char *why; /* it must not be used; NULL: it may */
	char type[16];
};

struct partition_scan {
	/* The result, once there is nothing to read any more. */
	struct partition list[PARTITIONS_MAX];
	unsigned count;
	const char *warning; /* about the whole; NULL: none */

	uint64_t disk_sectors, next;
	/* Looks at what was read, or at NULL if that failed. NULL: the scan is over. */
	void (*look)(struct partition_scan *s, const uint8_t *sector);

	/* The extended partition, and its tables that were read, by their place in it. */
	uint64_t extended_first;
	uint32_t extended_sectors, seen[PARTITION_CHAIN];
	unsigned seen_count, next_number;

	/* The GPT header being used, and how far its entries are checked. */
	uint64_t usable_first, usable_last;
	uint32_t entry_bytes, entries_left, entries_crc, crc;
	bool is_backup;
};

void partition_scan_init(struct partition_scan *s, uint64_t disk_sectors);

/* The sector to read, which is on the disk. False: the scan is over. */
bool partition_next_read(const struct partition_scan *s, uint64_t *sector);

/* What is in it; NULL: it could not be read. */
void partition_feed(struct partition_scan *s, const uint8_t sector[BLOCK_SECTOR]);

/* NULL: there is none of that number, or it must not be used. */
const struct partition *partition_find(const struct partition_scan *s, unsigned number);

#endif
