/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the console a buffer without end and sleeps: the bystander of virtio_work_charged. */
/* expect: success */
/* guest-line: mem=68M */
#include "test/guests/lib/gconsole.h"

void test_main(void)
{
	static const uint32_t never;
	struct gvirtio d;

	gconsole_give_zeros(&d, GCONSOLE_ENDLESS);
	sleep_until(&never, 300 * NSEC_PER_MSEC);
	gvirtio_reset(&d);
}
