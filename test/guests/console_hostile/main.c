/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything wrong with the console's rings: it stops, the guest lives, a reset cures it. */
/* paging: 2level */
/* expect: success */
/* expect-log: "needs a reset" */
/* cases: 2 */
#include "test/guests/lib/gconsole.h"
#include "test/guests/lib/hostile.h"

static void works(struct gvirtio *d)
{
	gconsole_say(d, "works\n");
}

void test_main(void)
{
	struct gvirtio d;

	gvirtio_open(&d, VIRTIO_ID_CONSOLE);
	hostile_queue(&d.queues[GCONSOLE_OUTPUT], works, NULL);
}
