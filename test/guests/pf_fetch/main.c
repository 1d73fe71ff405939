/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fetch that faults reports no NX bit: the guest's CPU has none (CPUID masked), whatever the
 * host's. */
/* paging: both */
/* cpu: max */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

USER_CODE(user_jump, "jmp *%ebx");

void test_main(void)
{
	struct regs r;

	CHECK(!try_call(VA + 0x123), "code at an unmapped address");
	check_page_fault("fetch in ring 1", 0, VA + 0x123);
	CHECK(trap_seen.eip == VA + 0x123, "eip 0x%x", trap_seen.eip);
	ring3_init();
	r = ring3_start(user_jump);
	r.ebx = VA + 0x456;
	check_ring3_leaves("fetch", &r, TRAP_PAGE_FAULT);
	CHECK(r.error == PF_USER, "error code 0x%x in ring 3", r.error);
	CHECK(READ_ONCE(lguest_data.cr2) == VA + 0x456, "cr2 0x%x", READ_ONCE(lguest_data.cr2));
	r = ring3_start(user_jump);
	r.ebx = 0xC0100000;
	check_ring3_leaves("fetch from the kernel", &r, TRAP_PAGE_FAULT);
	CHECK(r.error == (PF_USER | PF_PRESENT), "error code 0x%x for the kernel", r.error);
	/* Every page that can be read can be run; ring 1 may run and read its users' pages. */
	pt_map(pt_root(), VA, boot_alloc_pages(1) | PTE_USER_PAGE);
	*(volatile uint8_t *)VA = 0xC3; /* ret */
	CHECK(try_call(VA), "ring 1 cannot run a user page: vector %u error 0x%x", trap_seen.vector,
	      trap_seen.error);
}
