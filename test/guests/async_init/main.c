/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LGUEST_INIT in the ring is a second one: the guest ends. */
/* expect: dead "(?i)init" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall_async(LHCALL_LGUEST_INIT, virt_to_phys(&lguest_data), 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	test_failure("survived LGUEST_INIT in the ring");
}
