/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written can be read: all counts of pieces, odd places, odd sizes, headers cut anywhere.
 */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: disk=data */
/* ramdisk: data=256K */
/* cases: 2 */
#include "test/guests/lib/gblk.h"

#define SECTORS 512u

static struct gvirtio d;
static uint8_t out[GBLK_SEGMENTS * GBLK_SECTOR + 64] PAGE_ALIGNED, in[sizeof(out)] PAGE_ALIGNED;

/* One request with its data in pieces of these sizes, again and again. */
static uint8_t do_cut(uint32_t type, uint64_t sector, uint8_t *at, uint32_t bytes,
		      const uint32_t *cuts, unsigned cut_count)
{
	struct gpiece pieces[GBLK_SEGMENTS];
	unsigned count = 0;

	while (bytes) {
		uint32_t part = cuts[count % cut_count];

		CHECK(count < GBLK_SEGMENTS, "the test: too many pieces");
		part = part < bytes ? part : bytes;
		pieces[count++] = (struct gpiece){virt_to_phys(at), part, type == VIRTIO_BLK_T_IN};
		at += part;
		bytes -= part;
	}
	return gblk_do(&d, type, sector, pieces, count, NULL);
}

static void check_piece_counts(void)
{
	static const uint32_t one_sector[] = {GBLK_SECTOR};

	for (uint32_t n = 1; n <= GBLK_SEGMENTS; n++) {
		uint32_t sector = (n * 7) % (SECTORS - GBLK_SEGMENTS);

		gblk_pattern(out, sector, n, n);
		CHECK(!do_cut(VIRTIO_BLK_T_OUT, sector, out, n * GBLK_SECTOR, one_sector, 1),
		      "writing %u pieces", n);
		memset(in, 0, n * GBLK_SECTOR);
		CHECK(!do_cut(VIRTIO_BLK_T_IN, sector, in, n * GBLK_SECTOR, one_sector, 1),
		      "reading %u pieces", n);
		gblk_check_pattern("pieces", in, sector, n, n);
		gblk_check_disk(&d, "one piece", sector, n, n);
	}
}

/* 4-byte alignment and whole sectors are the fast way; everything else must work as well. */
static void check_odd(void)
{
	static const uint32_t cuts[][3] = {{512, 512, 512}, {1, 511, 512},  {513, 511, 1024},
					   {3, 1000, 21},   {1536, 100, 1}, {2, 2046, 4096}};

	for (unsigned shift = 0; shift < 5; shift++) {
		for (unsigned c = 0; c < ARRAY_SIZE(cuts); c++) {
			uint32_t seed = 1000 + shift * 16 + c;

			gblk_pattern(in, 100, 12, seed);
			memcpy(out + shift, in, 12 * GBLK_SECTOR);
			CHECK(!do_cut(VIRTIO_BLK_T_OUT, 100, out + shift, 12 * GBLK_SECTOR, cuts[c],
				      3),
			      "writing, cut %u at %u", c, shift);
			gblk_check_disk(&d, "odd writing", 100, 12, seed);
			memset(out, 0xAA, 14 * GBLK_SECTOR);
			CHECK(!do_cut(VIRTIO_BLK_T_IN, 100, out + shift, 12 * GBLK_SECTOR, cuts[c],
				      3),
			      "reading, cut %u at %u", c, shift);
			memcpy(in, out + shift, 12 * GBLK_SECTOR);
			gblk_check_pattern("odd reading", in, 100, 12, seed);
			CHECK(out[shift + 12 * GBLK_SECTOR] == 0xAA, "written past the end");
			CHECK(!shift || out[shift - 1] == 0xAA, "written before the start");
		}
	}
}

/* Framing must not matter (virtio 1.0, 2.4.4): header, data and status in one stream each way. */
static void check_framing(unsigned header_cut)
{
	static uint8_t stream[16 + 2 * GBLK_SECTOR], back[2 * GBLK_SECTOR + 1], status;
	struct virtio_blk_outhdr *header = (void *)stream;
	struct gpiece pieces[3] = {GPIECE_OUT(stream, header_cut),
				   GPIECE_OUT(stream + header_cut, sizeof(stream) - header_cut),
				   GPIECE_IN(&status, 1)};

	*header = (struct virtio_blk_outhdr){.type = VIRTIO_BLK_T_OUT, .sector = 40};
	gblk_pattern(stream + 16, 40, 2, 2000 + header_cut);
	status = 0xEE;
	gqueue_do(&d.queues[0], pieces, 3);
	CHECK(READ_ONCE(status) == 0, "header cut at %u, with data: status %u", header_cut, status);
	gblk_check_disk(&d, "header with data", 40, 2, 2000 + header_cut);
	header->type = VIRTIO_BLK_T_IN;
	pieces[1].bytes = 16 - header_cut;
	pieces[2] = (struct gpiece)GPIECE_IN(back, sizeof(back));
	back[2 * GBLK_SECTOR] = 0xEE;
	CHECK(gqueue_do(&d.queues[0], pieces, 3) == sizeof(back), "not all bytes were written");
	CHECK(READ_ONCE(back[2 * GBLK_SECTOR]) == 0, "status behind the data: %u",
	      back[2 * GBLK_SECTOR]);
	gblk_check_pattern("data with status", back, 40, 2, 2000 + header_cut);
}

static void check_ends(void)
{
	static const uint64_t beyond[] = {SECTORS,    SECTORS - 1, 0x80000000ull, 0x100000000ull,
					  ~0ull >> 9, ~0ull - 1,   ~0ull,         1ull << 63};
	struct gpiece two_out = GPIECE_OUT(out, 2 * GBLK_SECTOR);
	struct gpiece two_in = GPIECE_IN(in, 2 * GBLK_SECTOR);
	struct gpiece odd = GPIECE_OUT(out, GBLK_SECTOR + 1);

	gblk_pattern(out, 0, 1, 3000);
	gblk_write(&d, 0, out, 1);
	gblk_pattern(out, SECTORS - 1, 1, 3001);
	gblk_write(&d, SECTORS - 1, out, 1);
	for (unsigned n = 0; n < ARRAY_SIZE(beyond); n++) {
		CHECK(gblk_do(&d, VIRTIO_BLK_T_OUT, beyond[n], &two_out, 1, NULL) ==
			      VIRTIO_BLK_S_IOERR,
		      "writing beyond the end, %u", n);
		CHECK(gblk_do(&d, VIRTIO_BLK_T_IN, beyond[n], &two_in, 1, NULL) ==
			      VIRTIO_BLK_S_IOERR,
		      "reading beyond the end, %u", n);
	}
	CHECK(gblk_do(&d, VIRTIO_BLK_T_OUT, 5, &odd, 1, NULL) == VIRTIO_BLK_S_IOERR,
	      "a sector and a byte");
	gblk_check_disk(&d, "the first sector", 0, 1, 3000);
	gblk_check_disk(&d, "the last sector", SECTORS - 1, 1, 3001);
}

void test_main(void)
{
	gblk_open(&d, 0);
	CHECK(gblk_sectors(&d) == SECTORS, "%u sectors", (uint32_t)gblk_sectors(&d));
	gvirtio_start(&d, 0);
	gblk_check_disk(&d, "at first", 0, SECTORS, 0);
	check_piece_counts();
	check_odd();
	for (unsigned cut = 1; cut < 16; cut++)
		check_framing(cut);
	check_ends();
}
