/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything wrong with the entropy device's ring: the guest lives, a reset cures the device. */
/* paging: 2level */
/* expect: success */
/* expect-log: "needs a reset" */
/* guest-line: mem=34M */
/* cases: 2 */
#include "test/guests/lib/gvirtio.h"
#include "test/guests/lib/hostile.h"

static struct gvirtio d;

static void works(struct gvirtio *rng)
{
	static uint8_t bytes[16];
	struct gpiece piece = GPIECE_IN(bytes, sizeof(bytes));

	CHECK(gqueue_do(&rng->queues[0], &piece, 1) > 0, "no bytes");
}

/* All of memory above the guest, for each of 64 descriptors; and a buffer for reading only. */
static void odd_buffers(void)
{
	struct gqueue *q = &d.queues[0];
	struct vring_used_elem e;
	struct gpiece out = GPIECE_OUT(&out, sizeof(out));

	for (unsigned n = 0; n < q->num; n++)
		gqueue_set(q, n, 0x1000000, boot_ram_bytes() - 0x1000000,
			   VRING_DESC_F_WRITE | (n + 1 < q->num ? VRING_DESC_F_NEXT : 0), n + 1);
	for (unsigned n = 0; n < q->num; n++)
		gqueue_offer(q, 0);
	gqueue_kick(q);
	for (unsigned n = 0; n < q->num; n++)
		CHECK(gqueue_wait(q, &e) && e.id == 0, "large buffer %u", n);
	gvirtio_start(&d, 0);
	CHECK(gqueue_do(q, &out, 1) == 0, "bytes written to what is not to be written");
	works(&d);
}

void test_main(void)
{
	if (!gvirtio_find(&d, gvirtio_transport(), VIRTIO_ID_RNG, 0))
		test_skip("no entropy device");
	hostile_queue(&d.queues[0], works, NULL);
	odd_buffers();
}
