/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers lguest left out (3, 11, 12) are unknown, too. */
/* expect: dead "(?i)hypercall 3\\b" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall0(3);
	test_failure("survived hypercall 3");
}
