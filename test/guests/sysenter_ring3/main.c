/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysenter from ring 3 does not reach ring 0: it is the guest's own #GP. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_sysenter, "sysenter");
USER_CODE(user_sysexit, "sysexit");

void test_main(void)
{
	static const char *const codes[] = {user_sysenter, user_sysexit};

	ring3_init();
	for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
		struct regs r = ring3_start(codes[i]);

		ring3_run(&r);
		CHECK(r.vector == TRAP_PROTECTION || r.vector == TRAP_INVALID_OPCODE,
		      "case %u: vector %u", i, r.vector);
		CHECK(r.eip == addr32(codes[i]), "case %u: eip 0x%x", i, r.eip);
	}
	TRAP_TRY("sysexit");
	CHECK(trap_was(TRAP_PROTECTION) || trap_was(TRAP_INVALID_OPCODE),
	      "sysexit in ring 1: vector %u", trap_seen.vector);
}
