/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An lguest_data that fits no layout ends the guest. */
/* expect: dead "(?i)lguest_data|layout|kernel_address|init" */
#include "test/guests/lib/test.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v1 = {0x12345, 0x6789A, 0xBCDEF, 0x13579, 0x24680},
};

void test_main(void)
{
	test_failure("survived");
}
