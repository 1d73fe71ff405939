/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trap from ring 3 while the stack of SET_STACK wraps around the address space: the guest's
 * problem only. */
/* paging: both */
/* expect: dead "(?i)stack" */
/* bochs: yes */
/* bystander: hello */
/* cases: 2 */
#include "test/guests/lib/test.h"

USER_CODE(user_trap, "ud2");
USER_CODE(user_call, "int $0x80");

void test_main(void)
{
	struct regs r;

	ring3_init();

	hcall3(LHCALL_SET_STACK, LGUEST_DS, 0x8, 1);
	r = ring3_start(test_case() ? user_trap : user_call);
	ring3_run(&r);
	test_failure("survived a trap on stack 0x8");
}
