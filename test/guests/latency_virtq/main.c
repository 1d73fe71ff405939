/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffers of many empty pieces keep interrupts off no longer than 100 us. */
/* expect: success */
/* icount: yes */
#include "test/guests/lib/gconsole.h"

void test_main(void)
{
	struct gvirtio d;
	struct gqueue *q = &d.queues[GCONSOLE_OUTPUT];
	uint16_t head;

	CHECK(gvirtio_find(&d, &gvirtio_lgbus, VIRTIO_ID_CONSOLE, 0), "no console");
	gvirtio_start(&d, 0);
	head = gqueue_chain_all(q, 0, 0);
	for (unsigned i = 0; i < q->num; i++)
		gqueue_offer(q, head); /* always the chain of them all */
	gqueue_kick(q);
}
