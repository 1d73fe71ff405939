/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring-1 stack is unmapped after SET_STACK and then a direct trap arrives from ring 3. */
/* paging: both */
/* expect: dead "(?i)stack" */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_code, "int $0x80");

void test_main(void)
{
	struct regs r;

	ring3_init();
	/* Two pages at a place of their own. */
	pt_map(pt_root(), 0x50000000, boot_alloc_pages(1) | PTE_KERNEL_PAGE);
	hcall3(LHCALL_SET_STACK, LGUEST_DS, 0x50001000, 1);
	r = ring3_start(user_code);
	*(volatile uint32_t *)0x50000FFC = 0;
	pt_map(pt_root(), 0x50000000, 0);
	hcall1(LHCALL_FLUSH_TLB, 1);

	ring3_run(&r);
	test_failure("survived on an unmapped stack: vector %u", r.vector);
}
