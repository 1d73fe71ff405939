/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first instructions of every guest: stack, LGUEST_INIT, page tables, C. */
#include "gatehouse/lguest.h"

	.section .text.start, "ax"
	.globl	guest_entry
/*
 * Entered in linear mode with no stack and interrupts off. The linker gives
 * physical addresses for what is needed before the page tables are loaded.
 */
guest_entry:
	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$guest_data_phys, %ebx
	int	$LGUEST_TRAP_ENTRY
	movl	$guest_boot_root_phys, %ebx
	testl	%ebx, %ebx
	jz	1f
	movl	$LHCALL_NEW_PGTABLE, %eax
	int	$LGUEST_TRAP_ENTRY
1:	movl	$guest_stack_top, %esp
	xorl	%ebp, %ebp
	movl	$guest_start_c, %eax
	call	*%eax
2:	jmp	2b

	.section .note.GNU-stack, "", @progbits
