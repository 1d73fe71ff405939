/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypercall needs no guest stack: esp may be anything. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint32_t stacks[] = {0, 4, 0x50000000, 0xFFC00000, 0xFFFFFFFC};

	for (unsigned i = 0; i < ARRAY_SIZE(stacks); i++) {
		uint32_t eax = LHCALL_FLUSH_ASYNC, after;

		__asm__ volatile(
			"movl %%esp, %%edi\n\tmovl %2, %%esp\n\tint $0x1F\n\tmovl %%esp, %1\n\t"
			"movl %%edi, %%esp"
			: "+a"(eax), "=d"(after)
			: "1"(stacks[i]), "b"(0), "c"(0), "S"(0)
			: "edi", "memory", "cc");
		CHECK(after == stacks[i], "esp 0x%x became 0x%x", stacks[i], after);
	}
}
