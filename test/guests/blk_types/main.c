/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each type of request, and those there are not; a disk that must not be written. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: disk=data disk=fixed,ro */
/* ramdisk: data=256K */
/* ramdisk: fixed=64K */
/* cases: 2 */
#include "test/guests/lib/gblk.h"

#define FEATURE(n) (1ull << VIRTIO_BLK_F_##n)
#define ALL        (FEATURE(RO) | FEATURE(FLUSH) | FEATURE(DISCARD) | FEATURE(WRITE_ZEROES))

static struct gvirtio d, fixed;
static uint8_t buf[8 * GBLK_SECTOR] PAGE_ALIGNED;

static void expect_status(struct gvirtio *disk, const char *what, uint32_t type,
			  const struct gpiece *piece, uint8_t wanted)
{
	uint8_t status = gblk_do(disk, type, 0, piece, piece ? 1 : 0, NULL);

	CHECK(status == wanted, "%s: status %u, not %u", what, status, wanted);
}

static void check_id(void)
{
	struct gpiece piece = GPIECE_IN(buf, VIRTIO_BLK_ID_BYTES);

	memset(buf, 0xAA, sizeof(buf));
	expect_status(&d, "GET_ID", VIRTIO_BLK_T_GET_ID, &piece, VIRTIO_BLK_S_OK);
	for (unsigned n = 0; n < VIRTIO_BLK_ID_BYTES && buf[n]; n++)
		CHECK(buf[n] >= ' ' && buf[n] <= '~', "byte %u of the id is 0x%x", n, buf[n]);
	CHECK(buf[0], "an empty id");
	CHECK(buf[VIRTIO_BLK_ID_BYTES] == 0xAA, "more than an id");
}

/* A range request (virtio 1.1, 5.2.6) of one segment. */
static uint8_t range(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags)
{
	static struct virtio_blk_discard_write_zeroes r;
	struct gpiece piece = GPIECE_OUT(&r, sizeof(r));

	r = (struct virtio_blk_discard_write_zeroes){sector, sectors, flags};
	return gblk_do(&d, type, 0, &piece, 1, NULL);
}

static void check_write_zeroes(void)
{
	uint32_t max;

	if (!gvirtio_has(&d, VIRTIO_BLK_F_WRITE_ZEROES)) {
		CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 8, 4, 0) == VIRTIO_BLK_S_UNSUPP,
		      "WRITE_ZEROES without the feature");
		return;
	}
	max = gvirtio_config(&d, offsetof(struct virtio_blk_config, max_write_zeroes_sectors), 4);
	CHECK(max >= 4, "WRITE_ZEROES of at most %u sectors", max);
	CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 8, 4, 0) == VIRTIO_BLK_S_OK, "WRITE_ZEROES");
	gblk_read(&d, 6, buf, 8);
	gblk_check_pattern("before the zeroes", buf, 6, 2, 0);
	for (unsigned n = 2 * GBLK_SECTOR; n < 6 * GBLK_SECTOR; n++)
		CHECK(!buf[n], "byte %u is 0x%x, not zero", n, buf[n]);
	gblk_check_pattern("behind the zeroes", buf + 6 * GBLK_SECTOR, 12, 2, 0);
	CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 511, 2, 0) == VIRTIO_BLK_S_IOERR,
	      "zeroes beyond the end");
	CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, ~0ull, 2, 0) == VIRTIO_BLK_S_IOERR,
	      "zeroes at the end of all");
	CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 1, 0xFFFFFFFF, 0) != VIRTIO_BLK_S_OK,
	      "zeroes without end");
	CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, 0x80) == VIRTIO_BLK_S_UNSUPP,
	      "an unknown flag");
	gblk_check_disk(&d, "after refused zeroes", 0, 6, 0);
}

static void check_read_only(void)
{
	struct gpiece piece = GPIECE_OUT(buf, GBLK_SECTOR);

	gblk_open(&fixed, 1);
	gvirtio_start(&fixed, ALL);
	CHECK(gvirtio_has(&fixed, VIRTIO_BLK_F_RO), "RO is not offered");
	memset(buf, 0, sizeof(buf));
	expect_status(&fixed, "writing what is read-only", VIRTIO_BLK_T_OUT, &piece,
		      VIRTIO_BLK_S_IOERR);
	gblk_check_disk(&fixed, "the read-only disk", 0, 128, 0);
}

void test_main(void)
{
	static const uint32_t unknown[] = {2, 3, 5, 7, 9, 10, 12, 14, 100, 0x7FFFFFFF, 0xFFFFFFFF};
	struct gpiece piece = GPIECE_IN(buf, GBLK_SECTOR);

	gblk_open(&d, 0);
	gvirtio_start(&d, ALL);
	CHECK(!gvirtio_has(&d, VIRTIO_BLK_F_RO), "RO is offered");
	CHECK(gvirtio_has(&d, VIRTIO_BLK_F_FLUSH), "FLUSH is not offered");
	expect_status(&d, "FLUSH", VIRTIO_BLK_T_FLUSH, NULL, VIRTIO_BLK_S_OK);
	check_id();
	for (unsigned n = 0; n < ARRAY_SIZE(unknown); n++)
		expect_status(&d, "an unknown type", unknown[n], &piece, VIRTIO_BLK_S_UNSUPP);
	if (!gvirtio_has(&d, VIRTIO_BLK_F_DISCARD))
		CHECK(range(VIRTIO_BLK_T_DISCARD, 8, 4, 0) == VIRTIO_BLK_S_UNSUPP,
		      "DISCARD without the feature");
	check_write_zeroes();
	check_read_only();
}
