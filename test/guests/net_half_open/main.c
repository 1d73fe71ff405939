/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card with a broken queue to receive and none to send, as frames come: it stops, that is all. */
/* paging: 2level */
/* alone: it wants its frames looked at within a time that others in the boot may take */
/* expect: success */
/* expect-log: "needs a reset" */
/* guest-line: net=lan,mac=02:00:00:00:00:01 */
/* peer: net_half_open net=lan,mac=02:00:00:00:00:02 -- peer */
#include "test/guests/lib/gnet.h"

#define SHOUT_NS 10000000u
#define SHOUTS   500u

static struct gnet g;
static struct gnet_frame f;

static void open_card(void)
{
	CHECK(gvirtio_find(&g.d, &gvirtio_pci, VIRTIO_ID_NET, 0), "no card");
	g.buffers = phys_to_virt(boot_alloc_pages(GNET_BUFFERS * GNET_BUFFER / PAGE_SIZE));
	gnet_start(&g, 0);
}

/* Until the other one has heard enough. */
static void shout(void)
{
	for (uint32_t n = 0; n < SHOUTS; n++) {
		gnet_make(&g, &f, GNET_ALL, GNET_SHOUT, n, 60);
		gnet_send(&g, &f);
		set_deadline(SHOUT_NS);
		while (gnet_receive(&g, &f))
			if (gnet_kind_of(&f) == GNET_END)
				return;
	}
	CHECK(false, "nobody says that it is over");
}

static void hear(void)
{
	set_deadline(1000000000);
	CHECK(gnet_receive(&g, &f), "nobody shouts");
	CHECK(gnet_kind_of(&f) == GNET_SHOUT, "a frame of kind %u", gnet_kind_of(&f));
}

/* DRIVER_OK with the one queue, and nothing in the other's place. */
static void start_half(struct gvirtio *d)
{
	struct gqueue *rx = &d->queues[GNET_RX];

	gvirtio_reset(d);
	memset((void *)rx->avail, 0, PAGE_SIZE);
	for (unsigned step = 0; step < GVIRTIO_STEPS; step++)
		if (step != 3)
			gvirtio_step(d, step, 0);
		else
			d->ops->queue_enable(rx);
	gqueue_offer(rx, rx->num);
	gvirtio_drain(d);
}

void test_main(void)
{
	open_card();
	if (boot_has_word("peer")) {
		shout();
		return;
	}
	hear();
	start_half(&g.d);
	gvirtio_check_stopped(&g.d, "a card that cannot send");
	gnet_start(&g, 0);
	hear();
	for (unsigned n = 0; n < 5; n++)
		gnet_end(&g, 2);
}
