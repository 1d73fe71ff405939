/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the partition scan. The first byte chooses the disk's size and whether
 * the sums of header and entries are made right, so that what lies behind them
 * is reached; the rest is the sectors, in the order they are asked for.
 */
/* unit-sources: core/partition.c */
#include "core/partition.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its two tables, and the longest array of entries twice. */
#define READS_MAX (2 + PARTITION_CHAIN + 2 * 1024)

static void check(bool ok)
{
	if (!ok)
		abort();
}

static uint32_t crc_more(uint32_t crc, const uint8_t *at, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes * 8; i++)
		crc = crc >> 1 ^ ((at[i / 8] >> i % 8 ^ crc) & 1 ? 0xEDB88320 : 0);
	return crc;
}

/* The header says where it is, and its sum fits. */
static void repair(uint8_t *sector, uint64_t at)
{
	uint32_t bytes, crc;

	if (memcmp(sector, "EFI PART", 8))
		return;
	memcpy(sector + 24, &at, 8);
	memcpy(&bytes, sector + 12, 4);
	if (bytes > BLOCK_SECTOR)
		return;
	memset(sector + 16, 0, 4);
	crc = ~crc_more(~0u, sector, bytes);
	memcpy(sector + 16, &crc, 4);
}

static void check_result(const struct partition_scan *s)
{
	check(s->count <= PARTITIONS_MAX);
	for (unsigned i = 0; i < s->count; i++) {
		const struct partition *p = &s->list[i];

		check(memchr(p->type, 0, sizeof(p->type)));
		if (p->why)
			continue;
		check(p->number && p->first && p->sectors);
		check(p->first < s->disk_sectors && p->sectors <= s->disk_sectors - p->first);
		for (unsigned n = 0; n < i; n++)
			check(s->list[n].why || s->list[n].first + s->list[n].sectors <= p->first ||
			      p->first + p->sectors <= s->list[n].first);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t sizes[] = {4096, 1, 70, 1ull << 33, UINT64_MAX, 0, 2, 1ull << 56};
	static struct partition_scan scan;
	uint64_t sector;
	uint32_t entries;
	size_t at = 1;

	if (!size)
		return 0;
	partition_scan_init(&scan, sizes[data[0] & 7]);
	for (unsigned reads = 0; partition_next_read(&scan, &sector); reads++) {
		uint8_t *copy = NULL;
		size_t n = MIN(size - at, (size_t)BLOCK_SECTOR);

		check(sector < scan.disk_sectors && reads < READS_MAX);
		if (n) { /* at the end: it cannot be read */
			copy = calloc(1, BLOCK_SECTOR);
			memcpy(copy, data + at, n);
			at += n;
			if (data[0] & 8)
				repair(copy, sector);
		}
		entries = scan.entries_left * scan.entry_bytes;
		if (data[0] & 16 && copy && entries <= BLOCK_SECTOR)
			scan.entries_crc = ~crc_more(scan.crc, copy, entries);
		partition_feed(&scan, copy);
		free(copy);
	}
	check_result(&scan);
	return 0;
}
