/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio block device as test guests use it, and what is on test disks. */
#include "test/guests/lib/gblk.h"

#define FACTOR       2654435761u
#define SECTOR_WORDS (GBLK_SECTOR / 4)
#define CHUNK        64u /* sectors compared at a time */

void gblk_open(struct gvirtio *d, unsigned index)
{
	const struct gvirtio_ops *ops = gvirtio_transport();

	if (!gvirtio_find(d, ops, VIRTIO_ID_BLOCK, index))
		test_skip("no disk %u on %s", index, ops->name);
}

uint64_t gblk_sectors(struct gvirtio *d)
{
	return gvirtio_config(d, offsetof(struct virtio_blk_config, capacity), 4) |
	       (uint64_t)gvirtio_config(d, offsetof(struct virtio_blk_config, capacity) + 4, 4)
		       << 32;
}

void gblk_post(struct gvirtio *d, struct gblk_request *r, uint32_t type, uint64_t sector,
	       const struct gpiece *data, unsigned count)
{
	struct gpiece pieces[GBLK_SEGMENTS + 2];

	CHECK(count <= GBLK_SEGMENTS, "the test: %u pieces", count);
	*r = (struct gblk_request){.header = {.type = type, .sector = sector}, .status = 0xEE};
	pieces[0] = (struct gpiece)GPIECE_OUT(&r->header, sizeof(r->header));
	memcpy(pieces + 1, data, count * sizeof(*data));
	pieces[count + 1] = (struct gpiece)GPIECE_IN(&r->status, 1);
	r->head = gqueue_add(&d->queues[0], pieces, count + 2);
}

uint8_t gblk_do(struct gvirtio *d, uint32_t type, uint64_t sector, const struct gpiece *data,
		unsigned count, uint32_t *written)
{
	static struct gblk_request r;
	struct vring_used_elem e;

	gblk_post(d, &r, type, sector, data, count);
	gqueue_kick(&d->queues[0]);
	CHECK(gqueue_wait(&d->queues[0], &e), "request %u at %u: no answer", type,
	      (uint32_t)sector);
	CHECK(e.id == r.head, "request %u: buffer %u came back, not %u", type, e.id, r.head);
	if (written)
		*written = e.len;
	return READ_ONCE(r.status);
}

void gblk_read(struct gvirtio *d, uint64_t sector, void *to, uint32_t sectors)
{
	struct gpiece piece = GPIECE_IN(to, sectors * GBLK_SECTOR);
	uint32_t written;
	uint8_t status = gblk_do(d, VIRTIO_BLK_T_IN, sector, &piece, 1, &written);

	CHECK(status == VIRTIO_BLK_S_OK, "reading %u at %u: status %u", sectors, (uint32_t)sector,
	      status);
	CHECK(written == piece.bytes + 1, "reading %u sectors: %u bytes written", sectors, written);
}

void gblk_write(struct gvirtio *d, uint64_t sector, const void *from, uint32_t sectors)
{
	struct gpiece piece = GPIECE_OUT(from, sectors * GBLK_SECTOR);
	uint32_t written;
	uint8_t status = gblk_do(d, VIRTIO_BLK_T_OUT, sector, &piece, 1, &written);

	CHECK(status == VIRTIO_BLK_S_OK, "writing %u at %u: status %u", sectors, (uint32_t)sector,
	      status);
	CHECK(written == 1, "writing %u sectors: %u bytes written", sectors, written);
}

static uint32_t word_of(uint64_t sector, uint32_t word, uint32_t seed)
{
	return ((uint32_t)sector * SECTOR_WORDS + word) * FACTOR + seed;
}

void gblk_pattern(void *to, uint64_t sector, uint32_t sectors, uint32_t seed)
{
	uint32_t *words = to;

	for (uint32_t n = 0; n < sectors * SECTOR_WORDS; n++)
		words[n] = word_of(sector, n, seed);
}

void gblk_check_pattern(const char *what, const void *at, uint64_t sector, uint32_t sectors,
			uint32_t seed)
{
	const uint32_t *words = at;

	for (uint32_t n = 0; n < sectors * SECTOR_WORDS; n++)
		CHECK(words[n] == word_of(sector, n, seed),
		      "%s: word %u of sector %u is 0x%x, not 0x%x", what, n % SECTOR_WORDS,
		      (uint32_t)sector + n / SECTOR_WORDS, words[n], word_of(sector, n, seed));
}

void gblk_check_disk(struct gvirtio *d, const char *what, uint64_t sector, uint32_t sectors,
		     uint32_t seed)
{
	static uint8_t chunk[CHUNK * GBLK_SECTOR] PAGE_ALIGNED;

	for (uint32_t part; sectors; sectors -= part, sector += part) {
		part = sectors < CHUNK ? sectors : CHUNK;
		memset(chunk, 0, sizeof(chunk));
		gblk_read(d, sector, chunk, part);
		gblk_check_pattern(what, chunk, sector, part, seed);
	}
}
