/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_STACK with 3 pages ends the guest. */
/* expect: dead "(?i)stack|pages" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall3(LHCALL_SET_STACK, LGUEST_DS, addr32(ring3_trap_stack) + RING3_STACK_BYTES, 3);
	test_failure("survived SET_STACK with 3 pages");
}
