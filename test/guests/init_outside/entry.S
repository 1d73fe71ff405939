/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry point with an lguest_data that wraps around the address space. */
#include "gatehouse/lguest.h"

	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$0xFFFFFFF0, %ebx
	int	$LGUEST_TRAP_ENTRY
	movl	$guest_stack_top, %esp
	call	guest_start_c

	.section .note.GNU-stack, "", @progbits
