/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate's DPL decides whether int n is allowed; registering again takes effect at once. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_int80, "int $0x80\n\tjmp user_int80");
USER_CODE(user_int91, "int $0x91\n\tjmp user_int91");

static void check_vector(unsigned vector, const void *code)
{
	struct regs r;

	for (unsigned round = 0; round < 4; round++) {
		unsigned type = round & 1 ? GATE_TRAP : GATE_INTERRUPT;

		trap_gate(vector, type, 3);
		r = ring3_start(code);
		check_ring3_leaves("DPL 3", &r, vector);
		CHECK(r.eip == addr32(code) + 2, "eip 0x%x", r.eip);
		trap_gate(vector, type, 1);
		r = ring3_start(code);
		check_ring3_leaves("DPL 1", &r, TRAP_PROTECTION);
		CHECK(r.error == (vector << 3 | 2), "DPL 1: error code 0x%x", r.error);
		trap_gate(vector, type, 0);
		r = ring3_start(code);
		check_ring3_leaves("DPL 0", &r, TRAP_PROTECTION);
	}
	/* A gate that is not present. */
	hcall3(LHCALL_LOAD_IDT_ENTRY, vector, 0, 0);
	r = ring3_start(code);
	check_ring3_leaves("no gate", &r, TRAP_PROTECTION);
	CHECK(r.error == (vector << 3 | 2), "no gate: error code 0x%x", r.error);
}

void test_main(void)
{
	ring3_init();
	check_vector(0x80, user_int80);
	check_vector(0x91, user_int91);
}
