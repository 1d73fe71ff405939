/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system call vector may be 0x40. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)guest_noirq_start,
	       .noirq_end = (uint32_t)guest_noirq_end,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = 0x40},
};

USER_CODE(user_call, "1: int $0x40\n\tjmp 1b");

void test_main(void)
{
	struct regs r;

	ring3_init();
	trap_gate(0x40, GATE_TRAP, 3);
	r = ring3_start(user_call);
	for (unsigned i = 0; i < 100; i++)
		check_ring3_leaves("system call", &r, 0x40);
}
