/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kicks, resets, feature bits and registers of devices without end, by both transports. */
/* paging: 2level */
/* expect: success */
/* guest-line: tsc=on mem=6M net=storm disk=storm */
/* ramdisk: storm=64K */
/* cases: 8 */
#include "test/guests/lib/gvirtio.h"

static const unsigned kinds[] = {VIRTIO_ID_CONSOLE, VIRTIO_ID_BLOCK, VIRTIO_ID_NET, VIRTIO_ID_RNG};
static struct gvirtio d;
static uint32_t count;
static uint8_t buffer[PAGE_SIZE] PAGE_ALIGNED;

/* A buffer for the device to read, one for it to write, chains that end in themselves. */
static void fill(struct gqueue *q)
{
	for (unsigned n = 0; n < q->num; n++) {
		bool writes = n & 1;

		gqueue_set(q, n, virt_to_phys(buffer), PAGE_SIZE,
			   writes ? VRING_DESC_F_WRITE : VRING_DESC_F_NEXT, n + 1);
		gqueue_offer(q, n);
	}
}

static void round(void)
{
	switch (count % 4) {
	case 0:
		gvirtio_start(&d, count & 4 ? ~0ull : 0);
		break;
	case 1:
		for (unsigned n = 0; n < GVIRTIO_QUEUES; n++)
			if (d.queues[n].num)
				fill(&d.queues[n]);
		break;
	case 2:
		for (unsigned n = 0; n < GVIRTIO_QUEUES; n++)
			if (d.queues[n].num)
				gqueue_kick(&d.queues[n]);
		break;
	default:
		gvirtio_config(&d, 0, 1);
		d.ops->isr(&d);
		d.ops->set_status(&d, count >> 2 & 0x7F);
		gvirtio_reset(&d);
	}
	count++;
}

void test_main(void)
{
	uint64_t end;

	need_tsc();
	if (!gvirtio_find(&d, gvirtio_transport(), kinds[test_case() / 2], 0))
		test_skip("no such device");
	irq_enable();
	end = rdtsc() + tsc_from_ns(boot_number("ms", 100) * (uint64_t)NSEC_PER_MSEC);
	while (rdtsc() < end)
		round();
	irq_disable();
	gvirtio_reset(&d);
	printf("%u times\n", count);
}
