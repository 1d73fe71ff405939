/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Four disks that all have much to refuse keep interrupts off no longer than 100 us. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: disk=a disk=b disk=c disk=d */
/* ramdisk: a=1M */
/* ramdisk: b=1M */
/* ramdisk: c=1M */
/* ramdisk: d=1M */
#include "test/guests/lib/gblk.h"

#define DISKS 4u
#define READS 16u
#define TABLE 128u

static struct gvirtio disks[DISKS];
static struct gblk_request requests[DISKS][READS];
static struct vring_desc table[TABLE] __attribute__((aligned(16)));
static struct virtio_blk_outhdr header;
static uint8_t buf[GBLK_SECTOR], status;

/* Beyond the disk, in as many pieces as there can be. */
static void make_table(void)
{
	header = (struct virtio_blk_outhdr){.type = VIRTIO_BLK_T_IN, .sector = 1u << 30};
	for (unsigned n = 0; n < TABLE; n++)
		table[n] = (struct vring_desc){virt_to_phys(buf), GBLK_SECTOR,
					       VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, n + 1};
	table[0] = (struct vring_desc){virt_to_phys(&header), sizeof(header), VRING_DESC_F_NEXT, 1};
	table[TABLE - 1] = (struct vring_desc){virt_to_phys(&status), 1, VRING_DESC_F_WRITE, 0};
}

static void fill(struct gvirtio *d, struct gblk_request *r)
{
	struct gqueue *q = &d->queues[0];
	struct gpiece piece = GPIECE_IN(buf, GBLK_SECTOR);

	gvirtio_start(d, 1ull << VIRTIO_RING_F_INDIRECT_DESC);
	for (unsigned n = 0; n < READS; n++)
		gblk_post(d, &r[n], VIRTIO_BLK_T_IN, n, &piece, 1);
	gqueue_set(q, q->num - 1, virt_to_phys(table), sizeof(table), VRING_DESC_F_INDIRECT, 0);
	for (unsigned n = READS; n < q->num; n++)
		gqueue_offer(q, q->num - 1);
}

void test_main(void)
{
	make_table();
	for (unsigned n = 0; n < DISKS; n++) {
		CHECK(gvirtio_find(&disks[n], &gvirtio_lgbus, VIRTIO_ID_BLOCK, n), "no disk %u", n);
		fill(&disks[n], requests[n]);
	}
	for (unsigned n = 0; n < DISKS; n++)
		gqueue_kick(&disks[n].queues[0]);
	for (unsigned n = 0; n < DISKS; n++)
		while (READ_ONCE(disks[n].queues[0].used->idx) < disks[n].queues[0].num)
			sleep_until(&disks[n].interrupts, 1000000);
}
