/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies with requests of every device under way, asleep, pressed for pages, or in a new life. */
/* paging: 2level */
/* expect: dead "hypercall 99 unknown" */
/* guest-line: tsc=on mem=6M net=dies disk=dies */
/* ramdisk: dies=1M */
/* cases: 12 */
#include "test/guests/lib/gblk.h"
#include "test/guests/lib/gnet.h"

#define REQUESTS 16u
#define BYTES    65536u

static const unsigned kinds[] = {VIRTIO_ID_CONSOLE, VIRTIO_ID_BLOCK, VIRTIO_ID_NET, VIRTIO_ID_RNG};
static struct gvirtio d;
static struct gblk_request requests[REQUESTS];
static uint8_t data[BYTES] PAGE_ALIGNED;

static void post_disk(void)
{
	struct gpiece piece = GPIECE_IN(data, BYTES);

	for (unsigned n = 0; n < REQUESTS; n++)
		gblk_post(&d, &requests[n], VIRTIO_BLK_T_IN, n * 8, &piece, 1);
}

/* In every queue chains of one piece each: to be read in odd ones, to be written in even ones. */
static void post(void)
{
	for (unsigned q = 0; q < GVIRTIO_QUEUES; q++)
		for (unsigned n = 0; n < d.queues[q].num / 2; n++) {
			gqueue_set(&d.queues[q], n, virt_to_phys(data), 1024,
				   q & 1 ? 0 : VRING_DESC_F_WRITE, 0);
			gqueue_offer(&d.queues[q], n);
		}
}

static void with_device(uint32_t which)
{
	if (!gvirtio_find(&d, gvirtio_transport(), kinds[which / 2], 0))
		give_up("no device of kind %u", kinds[which / 2]);
	gvirtio_start(&d, 0);
	if (kinds[which / 2] == VIRTIO_ID_BLOCK)
		post_disk();
	else
		post();
	for (unsigned q = 0; q < GVIRTIO_QUEUES; q++)
		if (d.queues[q].num)
			gqueue_kick(&d.queues[q]);
}

/* The call comes from the ring, which HALT leaves to the next call: it wakes, and dies. */
static void asleep(void)
{
	hcall_async(LHCALL_SET_CLOCKEVENT, 2000000, 0, 0, 0);
	hcall_async(LHCALL_HALT, 0, 0, 0, 0);
	hcall_async(99, 0, 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}

/* Its second life dies as its first did not; the disk tells them apart. */
static void in_a_new_life(void)
{
	static uint8_t sector[GBLK_SECTOR];

	if (!gvirtio_find(&d, &gvirtio_pci, VIRTIO_ID_BLOCK, 0))
		give_up("no disk");
	gvirtio_start(&d, 0);
	gblk_read(&d, 9, sector, 1);
	if (sector[0] == 0xAA && sector[1] == 0x55)
		return;
	sector[0] = 0xAA;
	sector[1] = 0x55;
	gblk_write(&d, 9, sector, 1);
	post_disk();
	gqueue_kick(&d.queues[0]);
	shutdown(LGUEST_SHUTDOWN_RESTART, "once more");
}

/* With the clock due at the same time. */
static void with_clock_due(void)
{
	irq_enable();
	clock_arm_ns(1);
}

void test_main(void)
{
	uint32_t which = test_case();

	if (which < 8)
		with_device(which);
	else if (which == 8)
		asleep();
	else if (which == 9)
		in_a_new_life();
	else if (which == 10)
		with_clock_due();
	else
		hcall1(LHCALL_TS, 1);
	hcall0(99);
	test_failure("survived hypercall 99");
}
