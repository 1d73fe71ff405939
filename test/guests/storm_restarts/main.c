/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts again and again: 20 lives as fast as they can be had; bystanders must not notice. */
/* paging: 2level */
/* expect: success */
/* expect-log: "life 20" */
/* guest-line: mem=3M disk=lives restarts=any */
/* ramdisk: lives=64K */
#include "test/guests/lib/gblk.h"

#define LIVES 20u
#define MARK  0x4C495645u

static struct gvirtio d;
static uint32_t sector[GBLK_SECTOR / 4];

void test_main(void)
{
	CHECK(gvirtio_find(&d, &gvirtio_pci, VIRTIO_ID_BLOCK, 0), "no disk");
	gvirtio_start(&d, 0);
	gblk_read(&d, 0, sector, 1);
	if (sector[1] != MARK) {
		sector[0] = 0;
		sector[1] = MARK;
	}
	if (++sector[0] == LIVES)
		return;
	gblk_write(&d, 0, sector, 1);
	shutdown(LGUEST_SHUTDOWN_RESTART, "again");
}
