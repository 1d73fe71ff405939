/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that refills its ring without end stops neither the host nor a bystander. */
/* expect: success */
/* bystander: clock */
#include "test/guests/lib/test.h"

void test_main(void)
{
	for (unsigned round = 0; round < 20000; round++) {
		for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
			WRITE_ONCE(lguest_data.hcall_status[i], 0);
		memset(lguest_data.hcalls, 0, sizeof(lguest_data.hcalls));
		hcall0(LHCALL_FLUSH_ASYNC);
	}
}
