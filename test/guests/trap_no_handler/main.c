/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An exception whose vector has no gate ends the guest. */
/* expect: dead "(?i)trap|exception|handler|gate|vector" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall3(LHCALL_LOAD_IDT_ENTRY, TRAP_INVALID_OPCODE, 0, 0);
	__asm__ volatile("ud2");
	test_failure("survived ud2 without a gate");
}
