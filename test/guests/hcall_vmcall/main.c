/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmcall in ring 1 is a hypercall; in ring 3 it is the guest's #UD. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

USER_CODE(user_vmcall, "vmcall\n\tint $0x80");

void test_main(void)
{
	uint32_t eax = LHCALL_NOTIFY, before = READ_ONCE(lguest_data.reserve_mem);
	static const char text[] = "printed by vmcall\n";
	struct regs r;

	TRAP_TRY("vmcall", "+a"(eax) : "b"(virt_to_phys(text)), "c"(0), "d"(0), "S"(0) : "memory");
	check_no_trap("vmcall in ring 1");
	CHECK(READ_ONCE(lguest_data.reserve_mem) == before, "reserve_mem changed");
	ring3_init();
	r = ring3_start(user_vmcall);
	ring3_run(&r);
	CHECK(r.vector == TRAP_INVALID_OPCODE || r.vector == TRAP_PROTECTION,
	      "vmcall in ring 3 gave vector %u", r.vector);
	CHECK(r.eip == addr32(user_vmcall), "eip 0x%x", r.eip);
}
