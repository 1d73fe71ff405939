/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_IDT_ENTRY beyond vector 255 ends the guest. */
/* expect: dead "(?i)idt|vector|256" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	trap_gate_to(256, GATE_TRAP, 3, 0x100000);
	test_failure("survived LOAD_IDT_ENTRY 256");
}
