/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second LGUEST_INIT ends the guest. */
/* expect: dead "(?i)init" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_LGUEST_INIT, virt_to_phys(&lguest_data));
	test_failure("survived a second LGUEST_INIT");
}
