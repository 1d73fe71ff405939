/* SPDX-License-Identifier: GPL-2.0-or-later */
/* int 0x1F from ring 3 is #GP in the guest kernel, never a hypercall. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_hcall, "int $0x1F\n\tint $0x80");

void test_main(void)
{
	struct regs r;

	ring3_init();
	r = ring3_start(user_hcall);
	r.eax = LHCALL_SHUTDOWN;
	r.ecx = LGUEST_SHUTDOWN_POWEROFF;
	check_ring3_leaves("int 0x1F", &r, TRAP_PROTECTION);
	CHECK(r.error == (LGUEST_TRAP_ENTRY << 3 | 2), "error code 0x%x", r.error);
	CHECK(r.eip == addr32(user_hcall), "eip 0x%x", r.eip);
}
