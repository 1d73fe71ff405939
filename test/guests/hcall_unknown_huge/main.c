/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number with its top bit set is no index. */
/* expect: dead "(?i)hypercall" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall0(0x80000000);
	test_failure("survived hypercall 0x80000000");
}
