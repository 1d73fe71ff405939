/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring full of device resets keeps interrupts off no longer than 100 us. */
/* expect: success */
/* icount: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		hcall_async(LHCALL_NOTIFY, boot_ram_bytes(), 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}
