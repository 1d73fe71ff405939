/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry point that asks C where lguest_data is to be, before LGUEST_INIT. */
#include "gatehouse/lguest.h"

	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	movl	$guest_stack_top, %esp
	call	place_data
	movl	%eax, %ebx
	movl	$LHCALL_LGUEST_INIT, %eax
	int	$LGUEST_TRAP_ENTRY
	call	guest_start_c

	.section .note.GNU-stack, "", @progbits
