/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IDT index that wraps when multiplied by eight ends the guest. */
/* expect: dead "(?i)idt|vector|0x2000" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	trap_gate_to(0x20000000, GATE_TRAP, 3, 0x100000);
	test_failure("survived LOAD_IDT_ENTRY 0x20000000");
}
