/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything wrong with a disk's queue and its requests: the guest lives, a reset cures the disk.
 */
/* paging: 2level */
/* expect: success */
/* expect-log: "needs a reset" */
/* guest-line: disk=data */
/* ramdisk: data=64K */
/* cases: 2 */
#include "test/guests/lib/gblk.h"
#include "test/guests/lib/hostile.h"

static struct gvirtio d;
static struct virtio_blk_outhdr header;
static uint8_t buf[4 * GBLK_SECTOR], status;

static void works(struct gvirtio *disk)
{
	gblk_check_disk(disk, "after what was wrong", 0, 4, 0);
}

/* No request: the device may stop or give it back, as long as it does either. */
static void check_survives(const char *what, const struct gpiece *pieces, unsigned count)
{
	struct vring_used_elem e;

	gvirtio_start(&d, 0);
	gvirtio_drain(&d);
	gqueue_add(&d.queues[0], pieces, count);
	gqueue_kick(&d.queues[0]);
	CHECK(sleep_until(&d.interrupts, GVIRTIO_PATIENCE_NS), "%s: no interrupt", what);
	if (gqueue_take(&d.queues[0], &e))
		CHECK(e.id == 0 && e.len <= sizeof(buf) + 1, "%s: buffer %u, %u bytes", what, e.id,
		      e.len);
	gvirtio_start(&d, 0);
	works(&d);
}

static void no_requests(void)
{
	const struct gpiece head = GPIECE_OUT(&header, sizeof(header)),
			    half = GPIECE_OUT(&header, 8), none = GPIECE_OUT(&header, 0),
			    data = GPIECE_OUT(buf, GBLK_SECTOR), room = GPIECE_IN(buf, GBLK_SECTOR),
			    st = GPIECE_IN(&status, 1), empty = GPIECE_IN(&status, 0);
	const struct gpiece no_status[] = {head, data}, only_head[] = {head}, only_status[] = {st},
			    empty_status[] = {head, empty}, half_head[] = {half, st},
			    no_head[] = {none, room, st}, nothing[] = {none},
			    backwards[] = {st, head}, mixed[] = {head, room, data, st};

	header = (struct virtio_blk_outhdr){.type = VIRTIO_BLK_T_IN};
	check_survives("no status byte", no_status, 2);
	check_survives("a header alone", only_head, 1);
	check_survives("a status byte alone", only_status, 1);
	check_survives("a status of no bytes", empty_status, 2);
	check_survives("half a header", half_head, 2);
	check_survives("a header of no bytes", no_head, 3);
	check_survives("nothing", nothing, 1);
	check_survives("a status before the header", backwards, 2);
	check_survives("data for both ways", mixed, 4);
}

/* Nearly all of memory in each of the descriptors: what is read would be 4 GiB. */
static void huge(void)
{
	struct gqueue *q = &d.queues[0];

	gvirtio_start(&d, 0);
	gvirtio_drain(&d);
	header = (struct virtio_blk_outhdr){.type = VIRTIO_BLK_T_OUT};
	gqueue_chain_all(q, 0x200000, boot_ram_bytes() - 0x200000);
	gqueue_set(q, 0, virt_to_phys(&header), sizeof(header), VRING_DESC_F_NEXT, 1);
	gqueue_set(q, q->num - 1, virt_to_phys(&status), 1, VRING_DESC_F_WRITE, 0);
	gqueue_offer(q, 0);
	gqueue_kick(q);
	CHECK(sleep_until(&d.interrupts, GVIRTIO_PATIENCE_NS), "a huge request: no interrupt");
	gvirtio_start(&d, 0);
	works(&d);
}

void test_main(void)
{
	gblk_open(&d, 0);
	hostile_queue(&d.queues[0], works, NULL);
	no_requests();
	huge();
}
