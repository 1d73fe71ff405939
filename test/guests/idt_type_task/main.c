/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gate of type 5 (task) is refused: the guest ends. */
/* expect: dead "(?i)idt|gate|type" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	trap_gate(0x80, 5, 3);
	test_failure("survived a gate of type 5");
}
