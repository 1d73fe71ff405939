/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iret to ring 3 with odd flags: VM, IOPL and a cleared IF do not get through. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_flags, "pushfl\n\tpopl %eax\n\tint $0x80");

void test_main(void)
{
	static const uint32_t tries[] = {0x202,   0x2,     0x3202,   0x4202,
					 0x10202, 0x40202, 0x180202, 0x200202};

	ring3_init();
	for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
		struct regs r = ring3_start(user_flags);

		r.eflags = tries[i];
		check_ring3_leaves("flags", &r, 0x80);
		CHECK(r.eax & X86_EFLAGS_IF, "eflags 0x%x: IF is off in ring 3", tries[i]);
		CHECK(!(r.eax & (X86_EFLAGS_IOPL | X86_EFLAGS_VM)), "eflags 0x%x became 0x%x",
		      tries[i], r.eax);
		CHECK((r.eax & X86_EFLAGS_NT) == (tries[i] & X86_EFLAGS_NT),
		      "eflags 0x%x became 0x%x", tries[i], r.eax);
	}
}
