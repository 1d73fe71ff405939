/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single-stepping ring 3 gives one #DB an instruction. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_steps, "nop\n\tnop\n\tnop\n\tint $0x80\n\tnop\n\tnop");

void test_main(void)
{
	struct regs r;

	ring3_init();
	r = ring3_start(user_steps);
	r.eflags |= X86_EFLAGS_TF;
	for (unsigned i = 1; i <= 3; i++) {
		check_ring3_leaves("step", &r, TRAP_DEBUG);
		CHECK(r.eip == addr32(user_steps) + i, "step %u: eip 0x%x", i, r.eip);
	}
	check_ring3_leaves("int 0x80", &r, 0x80);
	CHECK(r.eflags & X86_EFLAGS_TF, "TF lost");
	check_ring3_leaves("step", &r, TRAP_DEBUG);
	CHECK(r.eip == addr32(user_steps) + 6, "after int 0x80: eip 0x%x", r.eip);
}
