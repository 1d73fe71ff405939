/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console (virtio 1.0, 5.3) as test guests use it. */
#include "test/guests/lib/gconsole.h"

#define ZEROS 0x200000u

void gconsole_give_zeros(struct gvirtio *d, uint32_t bytes)
{
	struct gqueue *q = &d->queues[GCONSOLE_OUTPUT];

	CHECK(gvirtio_find(d, &gvirtio_lgbus, VIRTIO_ID_CONSOLE, 0), "no console");
	gvirtio_start(d, 0);
	gqueue_offer(q, gqueue_chain_all(q, ZEROS, bytes));
	gqueue_kick(q);
}

void gconsole_say(struct gvirtio *d, const char *text)
{
	struct gpiece piece = GPIECE_OUT(text, strlen(text));
	uint32_t written = gqueue_do(&d->queues[GCONSOLE_OUTPUT], &piece, 1);

	CHECK(written == 0, "%u bytes written into what was to be printed", written);
}
