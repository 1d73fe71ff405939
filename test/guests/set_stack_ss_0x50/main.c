/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_STACK with stack segment 0x50, which is not one of ring 1, ends the guest. */
/* expect: dead "(?i)stack|segment|ss" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall3(LHCALL_SET_STACK, 0x50, addr32(ring3_trap_stack) + RING3_STACK_BYTES, 2);
	test_failure("survived SET_STACK with ss 0x50");
}
