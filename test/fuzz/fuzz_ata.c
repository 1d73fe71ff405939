/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes what is made of IDENTIFY data, and a request of the disk that is in
 * it: the input is 16 bytes of request, then the words.
 */
/* unit-sources: drivers/ata.c */
#include <stdlib.h>
#include <string.h>

#include "core/types.h"
#include "core/util.h"
#include "drivers/ata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUEST_BYTES 16u

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_disk(const struct ata_disk *d)
{
	const struct block_disk *b = &d->block;

	check(strnlen(b->model, BLOCK_MODEL) < BLOCK_MODEL);
	check(strnlen(b->serial, BLOCK_SERIAL) < BLOCK_SERIAL);
	for (const char *c = b->model; *c; c++)
		check(*c >= ' ' && *c <= '~');
	check(b->sectors > 0 && b->sectors <= (d->has_48bit ? 1ull << 48 : 1ull << 28));
	check(b->physical_bytes >= 512 && b->physical_bytes <= KIB(64));
	check(!(b->physical_bytes & (b->physical_bytes - 1)));
	check(!b->can_discard || d->has_48bit);
}

/* All parts of the request, which together are all of it, on the disk. */
static void run(const struct ata_disk *d, struct block_request *r)
{
	static struct ata_payload payload;

	for (unsigned parts = 0; r->progress < ata_total(r); parts++) {
		struct block_segment piece;
		struct ata_command c;
		uint32_t bytes = 0;

		check(parts < 100000);
		ata_next_command(d, r, &payload, &c);
		check(c.sectors > 0 && c.sectors <= ata_total(r) - r->progress);
		check(c.is_48bit || (c.lba < 1u << 24 && c.count < 256));
		check(c.code == ATA_DISCARD ||
		      (c.lba & 0xFFFFFF) == ((r->sector + r->progress) & 0xFFFFFF));
		while (ata_next_piece(&c.data, &piece))
			bytes += piece.bytes;
		check(bytes == (c.code == ATA_DISCARD ? 512 : c.sectors * 512));
		r->progress += c.sectors;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[BLOCK_SEGMENT_MAX];
	struct block_segment segments[BLOCK_SEGMENTS];
	uint16_t words[ATA_IDENTIFY_WORDS] = {0};
	struct block_request r = {.segments = segments};
	struct ata_disk d = {.has_48bit = false};

	if (size < REQUEST_BYTES)
		return 0;
	memcpy(words, data + REQUEST_BYTES, MIN(size - REQUEST_BYTES, sizeof(words)));
	if (ata_identify(&d, words))
		return 0;
	check_disk(&d);
	r.op = data[0] % 3 == 2 && d.block.can_discard ? BLOCK_DISCARD
	       : data[0] % 2                           ? BLOCK_READ
						       : BLOCK_WRITE;
	memcpy(&r.sector, data + 2, 8);
	memcpy(&r.sectors, data + 10, 4);
	r.count = 1 + data[1] % BLOCK_SEGMENTS;
	for (unsigned i = 0; i < r.count; i++)
		segments[i] =
			(struct block_segment){memory, 512 * (1 + (data[i % 16] * (i + 1)) % 128)};
	if (r.op != BLOCK_DISCARD) {
		r.sectors = 0;
		for (unsigned i = 0; i < r.count; i++)
			r.sectors += segments[i].bytes / 512;
	}
	r.sector &= (1ull << 48) - 1;
	if (r.sectors > d.block.sectors)
		return 0;
	r.sector = MIN(r.sector, d.block.sectors - r.sectors);
	run(&d, &r);
	return 0;
}
