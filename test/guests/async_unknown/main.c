/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unknown number in the ring ends the guest. */
/* expect: dead "(?i)hypercall 77\\b" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall_async(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	hcall_async(77, 0, 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	test_failure("survived hypercall 77 in the ring");
}
