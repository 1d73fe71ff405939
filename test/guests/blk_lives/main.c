/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts again with reads under way: nothing of them reaches the memory of its next life. */
/* paging: 2level */
/* expect: success */
/* guest-line: disk=data restarts=any */
/* ramdisk: data=1M */
#include "test/guests/lib/gblk.h"

#define REQUESTS 16u
#define BYTES    65536u
#define LIVES    20u
#define MARK     0x4C495645u
#define COUNTER  8u /* the sector that counts them */

static struct gvirtio d;
static struct gblk_request requests[REQUESTS];
static uint8_t buf[REQUESTS][BYTES] PAGE_ALIGNED;
static uint32_t lives[GBLK_SECTOR / 4];

static void check_untouched(void)
{
	for (unsigned n = 0; n < sizeof(buf); n++)
		CHECK(((volatile uint8_t *)buf)[n] == 0, "life %u: byte %u is 0x%x", lives[0], n,
		      ((uint8_t *)buf)[n]);
}

void test_main(void)
{
	check_untouched();
	CHECK(gvirtio_find(&d, &gvirtio_pci, VIRTIO_ID_BLOCK, 0), "no disk");
	gvirtio_start(&d, 0);
	gblk_read(&d, COUNTER, lives, 1);
	check_untouched();
	if (lives[1] != MARK) {
		lives[0] = 0;
		lives[1] = MARK;
	}
	if (++lives[0] > LIVES)
		return;
	gblk_write(&d, COUNTER, lives, 1);
	for (unsigned n = 0; n < REQUESTS; n++) {
		struct gpiece piece = GPIECE_IN(buf[n], BYTES);

		gblk_post(&d, &requests[n], VIRTIO_BLK_T_IN, n * 16, &piece, 1);
	}
	gqueue_kick(&d.queues[0]);
	if (lives[0] & 1) {
		set_deadline(lives[0] * 20000);
		irq_halt();
	}
	shutdown(LGUEST_SHUTDOWN_RESTART, "with reads under way");
}
