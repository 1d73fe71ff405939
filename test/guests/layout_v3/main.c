/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lguest_data as kernels 4.1 and later lay it out works, and noirq_iret is honoured. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v3 = {.noirq_iret = (uint32_t)guest_noirq_iret,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = 0x80},
};

USER_CODE(user_call, "int $0x80");

void test_main(void)
{
	struct regs r;

	CHECK(READ_ONCE(lguest_data.v3.noirq_iret) == addr32(guest_noirq_iret) &&
		      READ_ONCE(lguest_data.v3.kernel_address) == addr32(guest_kernel_address) &&
		      READ_ONCE(lguest_data.v3.syscall_vec) == 0x80,
	      "the host wrote over the layout");
	CHECK(READ_ONCE(lguest_data.reserve_mem) >= 4u << 20, "reserve_mem 0x%x",
	      READ_ONCE(lguest_data.reserve_mem));
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	clock_arm_ns(100000);
	irq_disable();
	irq_halt();
	CHECK(clock_count == 1, "%u clock interrupts", clock_count);
	irq_disable();
	ring3_init();
	r = ring3_start(user_call);
	check_ring3_leaves("system call", &r, 0x80);
}
