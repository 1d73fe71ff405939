/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NOTIFY with an address that is neither RAM nor a device ends the guest. */
/* expect: dead "(?i)notify|address|outside" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_NOTIFY, 0xF0000000);
	test_failure("survived NOTIFY 0xF0000000");
}
