/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry point that stops the clock before it says LGUEST_INIT. */
#include "gatehouse/lguest.h"

	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	movl	$LHCALL_SET_CLOCKEVENT, %eax
	xorl	%ebx, %ebx
	int	$LGUEST_TRAP_ENTRY
	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$lguest_data, %ebx
	int	$LGUEST_TRAP_ENTRY
	movl	$guest_stack_top, %esp
	call	guest_start_c

	.section .note.GNU-stack, "", @progbits
