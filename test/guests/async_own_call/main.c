/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call of Gatehouse's own in the ring does not write to the registers of the call that drains it.
 */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t eax;

	hcall_async(LHCALL_GH_VERSION, 0, 0, 0, 0);
	eax = hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(eax == LHCALL_FLUSH_ASYNC, "eax is 0x%x", eax);
}
