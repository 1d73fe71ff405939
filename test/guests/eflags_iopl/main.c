/* SPDX-License-Identifier: GPL-2.0-or-later */
/* popf and iret in ring 1 cannot raise IOPL, clear IF or enter VM86. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static uint32_t flags_after_popf(uint32_t flags)
{
	uint32_t got;

	__asm__ volatile("pushl %1\n\tpopfl\n\tpushfl\n\tpopl %0\n\tpushl $0x202\n\tpopfl"
			 : "=r"(got)
			 : "r"(flags)
			 : "memory", "cc");
	return got;
}

static uint32_t flags_after_iret(uint32_t flags)
{
	uint32_t got;

	__asm__ volatile("pushl %1\n\tpushl %%cs\n\tpushl $1f\n\tiret\n1:\tpushfl\n\tpopl %0\n\t"
			 "pushl $0x202\n\tpopfl"
			 : "=r"(got)
			 : "r"(flags)
			 : "memory", "cc");
	return got;
}

void test_main(void)
{
	static const uint32_t tries[] = {0x2, 0x3002, 0x3202, 0x1202, 0x180002, 0x20002, 0x7002};
	uint32_t popped;

	for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
		popped = flags_after_popf(tries[i]);

		CHECK((popped & X86_EFLAGS_IF) && !(popped & (X86_EFLAGS_IOPL | X86_EFLAGS_VM)),
		      "popf 0x%x gave 0x%x", tries[i], popped);
		/* iret with NT would be a task return; with VM see eflags_iret_vm. */
		if (tries[i] & (X86_EFLAGS_NT | X86_EFLAGS_VM))
			continue;
		popped = flags_after_iret(tries[i]);
		CHECK((popped & X86_EFLAGS_IF) && !(popped & (X86_EFLAGS_IOPL | X86_EFLAGS_VM)),
		      "iret 0x%x gave 0x%x", tries[i], popped);
	}
}
