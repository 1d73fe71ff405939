/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel_address inside the switcher window ends the guest. */
/* expect: dead "(?i)lguest_data|layout|kernel_address|init|window" */
#include "test/guests/lib/test.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {0xFFD00000, 0xFFD00010, 0xFFC00000, 0x80},
};

void test_main(void)
{
	test_failure("survived");
}
