/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page fault handler that is not mapped faults without end: the stack runs out, the guest dies.
 */
/* paging: both */
/* expect: dead "(?i)stack|handler|trap" */
/* bystander: hello */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t esp = 0x50001000;

	pt_map(pt_root(), 0x50000000, boot_alloc_pages(1) | PTE_KERNEL_PAGE);
	trap_gate_to(TRAP_PAGE_FAULT, GATE_INTERRUPT, 0, 0x60000000);
	__asm__ volatile("movl %0, %%esp\n\tmovl 0x60000000, %%eax" : : "r"(esp) : "eax");
	__builtin_unreachable();
}
