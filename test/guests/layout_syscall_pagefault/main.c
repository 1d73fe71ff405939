/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page fault vector cannot be made the system call vector. */
/* expect: dead "(?i)lguest_data|layout|syscall|system call|vector|init" */
#include "test/guests/lib/test.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)guest_noirq_start,
	       .noirq_end = (uint32_t)guest_noirq_end,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = TRAP_PAGE_FAULT},
};

void test_main(void)
{
	test_failure("survived");
}
