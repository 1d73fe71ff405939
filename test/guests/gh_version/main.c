/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LHCALL_GH_VERSION returns Gatehouse's signature. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t got = hcall0(LHCALL_GH_VERSION);

	CHECK(got == LGUEST_GH_SIGNATURE, "0x%x, not 0x%x", got, LGUEST_GH_SIGNATURE);
}
