/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shared lguest_data of a guest that does not define its own. */
#include "guests/lib/hypercall.h"

struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)guest_noirq_start,
	       .noirq_end = (uint32_t)guest_noirq_end,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = 0x80},
};
