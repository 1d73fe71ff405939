/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A buffer of more than one go is given back although the guest, and the whole machine, sleeps. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/gconsole.h"

#define BYTES 0x20000u

void test_main(void)
{
	struct gvirtio d;
	struct gpiece piece;

	CHECK(gvirtio_find(&d, &gvirtio_lgbus, VIRTIO_ID_CONSOLE, 0), "no console");
	gvirtio_start(&d, 0);
	/* zeros, which a console drops: no UART interrupt helps */
	piece = (struct gpiece){boot_alloc_pages(BYTES / PAGE_SIZE), BYTES, false};
	gqueue_add(&d.queues[GCONSOLE_OUTPUT], &piece, 1);
	gqueue_kick(&d.queues[GCONSOLE_OUTPUT]);
	/* no clock event either */
	while (!d.interrupts) {
		irq_disable();
		if (!d.interrupts)
			irq_halt();
	}
}
