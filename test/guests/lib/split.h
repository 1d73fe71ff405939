/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest whose kernel_address lies amid 1 GiB, so that each address space has a
 * directory of its own with the kernel's entries in it. It has 2-level tables, and
 * defines its SPLIT_DATA itself: an archive must not hold another lguest_data.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_SPLIT_H
#define GATEHOUSE_TEST_GUESTS_LIB_SPLIT_H

#include "test/guests/lib/test.h"

#define SPLIT       0x40200000u /* kernel_address */
#define SPLIT_ROOTS 63u         /* as many as are remembered, but for the first */

#define SPLIT_DATA                                                                                 \
	struct lguest_data lguest_data = {                                                         \
		.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},                             \
		.v2 = {.noirq_start = (uint32_t)guest_noirq_start,                                 \
		       .noirq_end = (uint32_t)guest_noirq_end,                                     \
		       .kernel_address = SPLIT,                                                    \
		       .syscall_vec = 0x80},                                                       \
	}

/* Makes address spaces that all have a table of their own and the kernel's first one in use; the
 * first one is current again. */
void split_roots(void);

#endif
