/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypercall number that does not exist ends the guest. */
/* expect: dead "(?i)hypercall 20\\b" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall0(20);
	test_failure("survived hypercall 20");
}
