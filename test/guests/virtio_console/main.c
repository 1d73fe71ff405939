/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console on the lguest bus: found, set up, and takes output. */
/* paging: 2level */
/* expect: success */
/* expect-log: "said by virtio" */
#include "test/guests/lib/test.h"

#include "guests/lib/virtio_console.h"

void test_main(void)
{
	if (!virtio_console_init())
		test_failure("no console on the lguest bus");
	CHECK(virtio_console_write("said by virtio\n", 15), "output was not taken");
	for (unsigned i = 0; i < 100; i++)
		CHECK(virtio_console_write(".\n", 2), "line %u was not taken", i);
}
