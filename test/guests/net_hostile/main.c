/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything wrong with a card's queues and headers: the guest lives, a reset cures the card. */
/* paging: 2level */
/* expect: success */
/* expect-log: "needs a reset" */
/* guest-line: net=lan,mac=02:00:00:00:00:01 */
/* peer: net_loop net=lan,mac=02:00:00:00:00:02 -- peer */
/* cases: 2 */
#include "test/guests/lib/gnet.h"
#include "test/guests/lib/hostile.h"

#define OFFLOADS                                                                                   \
	(1ull << VIRTIO_NET_F_CSUM | 1ull << VIRTIO_NET_F_HOST_TSO4 |                              \
	 1ull << VIRTIO_NET_F_HOST_TSO6)

static struct gnet g;
static struct gnet_frame f;

static void works(struct gvirtio *d)
{
	(void)d;
	gnet_start(&g, 0);
	gnet_hello(&g, 2);
}

/* Has a frame sent to this guest, without an interrupt for what goes out. */
static void poke(struct gvirtio *d)
{
	struct gpiece pieces[2] = {GPIECE_OUT(&f.header, gnet_header_bytes(d)),
				   GPIECE_OUT(f.data, 60)};
	struct gqueue *q = &d->queues[GNET_TX];
	struct vring_used_elem e;

	gnet_make(&g, &f, 2, GNET_ECHO, 1, 60);
	q->avail[0] = VRING_AVAIL_F_NO_INTERRUPT;
	gqueue_add(q, pieces, 2);
	gqueue_kick(q);
	gqueue_take(q, &e); /* unless it stopped already */
}

/* Frames of sizes that there are not. */
static void bad_sizes(void)
{
	static const uint32_t sizes[] = {0, 1, 9, 10, 11, 12, 13, 23, 25};
	struct gpiece piece = GPIECE_OUT(&f, 0);

	for (unsigned n = 0; n < ARRAY_SIZE(sizes); n++) {
		memset(&f, 0, 64);
		piece.bytes = sizes[n];
		gqueue_do(&g.d.queues[GNET_TX], &piece, 1);
	}
	piece = (struct gpiece){0x200000, 12 + GNET_FRAME_MAX + 1, false};
	gqueue_do(&g.d.queues[GNET_TX], &piece, 1);
	piece.bytes = boot_ram_bytes() - 0x200000;
	gqueue_do(&g.d.queues[GNET_TX], &piece, 1);
	piece = (struct gpiece)GPIECE_IN(&f, 100); /* nothing to read in it */
	gqueue_do(&g.d.queues[GNET_TX], &piece, 1);
	CHECK(gnet_echoed(&g, 2, 1, 60), "no answer after frames of bad sizes");
}

/* Each field of the header with numbers at the edges; the frame is taken, and may be dropped. */
static void bad_headers(void)
{
	static const uint16_t edges[] = {0, 1, 13, 14, 59, 60, 61, 0x7FFF, 0xFFFE, 0xFFFF};
	static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0x81, 0x84, 0xFF};

	for (unsigned flags = 0; flags < 2; flags++) {
		for (unsigned n = 0; n < ARRAY_SIZE(types) * ARRAY_SIZE(edges); n++) {
			gnet_make(&g, &f, 3, GNET_RAW, n, 60);
			f.header = (struct virtio_net_hdr_v1){
				.flags = flags ? 0xFF : 0,
				.gso_type = types[n % ARRAY_SIZE(types)],
				.hdr_len = edges[n % ARRAY_SIZE(edges)],
				.gso_size = edges[n * 3 % ARRAY_SIZE(edges)],
				.csum_start = edges[n * 7 % ARRAY_SIZE(edges)],
				.csum_offset = edges[n / ARRAY_SIZE(types)],
			};
			gnet_send(&g, &f);
		}
	}
	CHECK(gnet_echoed(&g, 2, 2, 60), "no answer after bad headers");
}

/* Receive buffers too small for anything: frames are lost, no more. */
static void no_room(void)
{
	struct gqueue *q = &g.d.queues[GNET_RX];
	struct vring_used_elem e;

	gvirtio_start(&g.d, 0);
	for (unsigned n = 0; n < 4; n++) {
		gqueue_set(q, n, virt_to_phys(g.buffers), n * 4, VRING_DESC_F_WRITE, 0);
		gqueue_offer(q, n);
	}
	gqueue_kick(q);
	poke(&g.d);
	set_deadline(50000000);
	while (!clock_count) {
		irq_disable();
		if (!clock_count)
			irq_halt();
	}
	irq_disable();
	CHECK(!gqueue_take(q, &e), "a frame of 60 bytes in %u", e.len);
	works(&g.d);
}

void test_main(void)
{
	gnet_open(&g, 0, 0);
	gnet_hello(&g, 2);
	hostile_queue(&g.d.queues[GNET_TX], works, NULL);
	hostile_queue(&g.d.queues[GNET_RX], works, poke);
	gnet_start(&g, OFFLOADS);
	bad_sizes();
	bad_headers();
	no_room();
	gnet_end(&g, 2);
}
