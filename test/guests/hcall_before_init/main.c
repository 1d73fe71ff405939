/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypercall before LGUEST_INIT ends the guest. */
/* expect: dead "(?i)init" */
#include "test/guests/lib/test.h"

/* Its entry.S makes the call; this is what comes after. */
void test_main(void)
{
	test_failure("survived a hypercall before LGUEST_INIT");
}
