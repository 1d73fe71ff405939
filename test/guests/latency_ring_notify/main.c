/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring full of NOTIFYs with strings keeps interrupts off no longer than 100 us. */
/* expect: success */
/* icount: yes */
#include "test/guests/lib/test.h"

static char line[1024];

void test_main(void)
{
	/* backspaces: nothing is printed */
	memset(line, '\b', sizeof(line) - 1);
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		hcall_async(LHCALL_NOTIFY, virt_to_phys(line), 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
}
