/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console by either bus: chains, indirect tables, the event index, more than the ring once. */
/* paging: both */
/* expect: success */
/* expect-log: "said in ten pieces" */
/* cases: 2 */
#include "test/guests/lib/gconsole.h"

#define INDIRECT  (1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX (1ull << VIRTIO_RING_F_EVENT_IDX)
#define PIECES    10u

static struct gvirtio d;
static struct gqueue *const output = &d.queues[GCONSOLE_OUTPUT];

static void in_pieces(struct gpiece *pieces)
{
	static char text[] = "said in ten pieces\n.";

	for (unsigned n = 0; n < PIECES; n++)
		pieces[n] = (struct gpiece)GPIECE_OUT(text + 2 * n, n + 1 < PIECES ? 2 : 1);
}

static void check_chains(void)
{
	static struct vring_desc table[PIECES] __attribute__((aligned(16)));
	struct gpiece pieces[PIECES];
	struct vring_used_elem e;

	in_pieces(pieces);
	for (unsigned n = 0; n < 30; n++)
		gqueue_do(output, pieces, PIECES);
	if (!gvirtio_has(&d, VIRTIO_RING_F_INDIRECT_DESC))
		return;
	gqueue_offer(output, gqueue_chain_indirect(output, table, pieces, PIECES));
	gqueue_kick(output);
	CHECK(gqueue_wait(output, &e), "an indirect buffer does not come back");
}

/* All of the ring at once; each head comes back once. */
static void check_full(void)
{
	struct gpiece piece = GPIECE_OUT("full ring\n", 10);
	struct vring_used_elem e;
	bool seen[GVIRTIO_NUM] = {false};

	for (unsigned n = 0; n < output->num; n++)
		gqueue_add(output, &piece, 1);
	gqueue_kick(output);
	for (unsigned n = 0; n < output->num; n++) {
		CHECK(gqueue_wait(output, &e), "buffer %u does not come back", n);
		CHECK(e.id < output->num && !seen[e.id], "buffer %u came back at %u", e.id, n);
		seen[e.id] = true;
	}
}

/* Without a flag or an event to wait for, nothing wakes the guest. */
static void check_no_interrupt(void)
{
	struct gpiece piece = GPIECE_OUT("quiet\n", 6);
	struct vring_used_elem e;

	if (gvirtio_has(&d, VIRTIO_RING_F_EVENT_IDX))
		output->avail[2 + output->num] = output->taken + 0x4000;
	else
		output->avail[0] = VRING_AVAIL_F_NO_INTERRUPT;
	gvirtio_drain(&d);
	gqueue_add(output, &piece, 1);
	gqueue_kick(output);
	sleep_until(&d.interrupts, 20 * NSEC_PER_MSEC);
	CHECK(!d.interrupts, "an interrupt nobody asked for");
	CHECK(gqueue_take(output, &e), "the quiet buffer does not come back");
	output->avail[0] = 0;
}

void test_main(void)
{
	static const uint64_t wanted[] = {0, INDIRECT, EVENT_IDX, INDIRECT | EVENT_IDX};

	gvirtio_open(&d, VIRTIO_ID_CONSOLE);
	for (unsigned n = 0; n < ARRAY_SIZE(wanted); n++) {
		gvirtio_start(&d, wanted[n]);
		CHECK((d.features & (INDIRECT | EVENT_IDX)) == wanted[n], "features 0x%x",
		      (uint32_t)d.features);
		check_chains();
		check_full();
		check_no_interrupt();
	}
}
