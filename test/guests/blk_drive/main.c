/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk of the machine: read, written, flushed; nothing else on it changes. */
/* paging: 2level */
/* expect: success */
/* guest-line: disk=hd0 */
/* drive: virtio-blk 1M */
/* drive-after: 0 0+1=5 */
/* drive-after: 0 100+120=6 */
/* drive-after: 0 2047+1=7 */
/* cases: 2 */
#include "test/guests/lib/gblk.h"

static void write(struct gvirtio *d, uint64_t sector, uint32_t sectors, uint32_t seed)
{
	static uint8_t buf[128 * GBLK_SECTOR] PAGE_ALIGNED;

	gblk_pattern(buf, sector, sectors, seed);
	gblk_write(d, sector, buf, sectors);
	gblk_check_disk(d, "read back", sector, sectors, seed);
}

void test_main(void)
{
	struct gvirtio d;

	gblk_open(&d, 0);
	CHECK(gblk_sectors(&d) == 2048, "%u sectors", (uint32_t)gblk_sectors(&d));
	gvirtio_start(&d, 1ull << VIRTIO_BLK_F_FLUSH);
	gblk_check_disk(&d, "at first", 0, 2048, 0);
	write(&d, 0, 1, 5);
	write(&d, 100, 120, 6);
	write(&d, 2047, 1, 7);
	CHECK(gblk_do(&d, VIRTIO_BLK_T_FLUSH, 0, NULL, 0, NULL) == VIRTIO_BLK_S_OK, "FLUSH");
}
