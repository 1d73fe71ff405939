/* SPDX-License-Identifier: GPL-2.0-or-later */
/* #NM comes to the guest only while its own TS is set. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

USER_CODE(user_fpu, "fld1\n\tfstp %st(0)\n\tint $0x80");

void test_main(void)
{
	struct regs r;

	TRAP_TRY("fninit");
	check_no_trap("FPU with TS clear");
	for (unsigned i = 0; i < 3; i++) {
		hcall1(LHCALL_TS, i ? 8 : 1);
		TRAP_TRY("fnop");
		check_fault("FPU with TS set", TRAP_NO_FPU, 0);
		hcall1(LHCALL_TS, 0);
		TRAP_TRY("fnop");
		check_no_trap("FPU with TS clear again");
	}
	ring3_init();
	r = ring3_start(user_fpu);
	check_ring3_leaves("ring 3 with TS clear", &r, 0x80);
	hcall1(LHCALL_TS, 8);
	r = ring3_start(user_fpu);
	check_ring3_leaves("ring 3 with TS set", &r, TRAP_NO_FPU);
	hcall1(LHCALL_TS, 0);
	check_ring3_leaves("ring 3 goes on", &r, 0x80);
}
