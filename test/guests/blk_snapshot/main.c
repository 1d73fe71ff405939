/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written to a snapshot is there for its guest, and not for the next reader of the disk. */
/* paging: 2level */
/* expect: success */
/* guest-line: disk=data,snapshot */
/* ramdisk: data=256K */
/* peer: blk_snapshot disk=data,snapshot=64K -- peer */
/* cases: 2 */
#include "test/guests/lib/gblk.h"

#define SECTORS 512u

static struct gvirtio d;
static uint8_t buf[32 * GBLK_SECTOR] PAGE_ALIGNED;

static void write_all(void)
{
	for (unsigned sector = 3; sector + 9 <= SECTORS; sector += 10) {
		gblk_pattern(buf, sector, 9, 77);
		gblk_write(&d, sector, buf, 9);
	}
	for (unsigned sector = 3; sector + 9 <= SECTORS; sector += 10) {
		gblk_check_disk(&d, "what was written", sector, 9, 77);
		gblk_check_disk(&d, "what was not", sector - 1, 1, 0);
	}
	/* Both in one request. */
	gblk_read(&d, 0, buf, 32);
	gblk_check_pattern("before", buf, 0, 3, 0);
	gblk_check_pattern("written", buf + 3 * GBLK_SECTOR, 3, 9, 77);
	gblk_check_pattern("between", buf + 12 * GBLK_SECTOR, 12, 1, 0);
}

/* 64 KiB of memory do not hold 256 KiB: then it says so, and what is there stays. */
static void fill_up(void)
{
	struct gpiece piece = GPIECE_OUT(buf, 32 * GBLK_SECTOR);
	uint8_t status = VIRTIO_BLK_S_OK;
	unsigned sector;

	for (sector = 0; sector < SECTORS && status == VIRTIO_BLK_S_OK; sector += 32) {
		gblk_pattern(buf, sector, 32, 99);
		status = gblk_do(&d, VIRTIO_BLK_T_OUT, sector, &piece, 1, NULL);
	}
	CHECK(status == VIRTIO_BLK_S_IOERR, "a full snapshot: status %u at %u", status, sector);
	CHECK(sector > 32, "full at once");
	gblk_check_disk(&d, "in the full snapshot", 0, 32, 99);
	gblk_check_disk(&d, "never written", SECTORS - 32, 32, 0);
}

void test_main(void)
{
	gblk_open(&d, 0);
	CHECK(gblk_sectors(&d) == SECTORS, "%u sectors", (uint32_t)gblk_sectors(&d));
	gvirtio_start(&d, 0);
	/* Whichever guest comes second sees nothing of the first. */
	gblk_check_disk(&d, "at first", 0, SECTORS, 0);
	if (boot_has_word("peer"))
		fill_up();
	else
		write_all();
}
