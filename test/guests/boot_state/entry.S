/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry point that notes the registers it was entered with. Linear mode. */
#include "gatehouse/lguest.h"

	.section .text.start, "ax"
	.globl	guest_entry
/* struct boot_regs is pushed from its end; nothing here changes a flag before pushfl. */
guest_entry:
	movl	$boot_regs_end, %esp
	pushfl
	pushl	%gs
	pushl	%fs
	pushl	%ss
	pushl	%es
	pushl	%ds
	pushl	%cs
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax
	movl	$guest_stack_top, %esp
	movl	$LHCALL_LGUEST_INIT, %eax
	movl	$lguest_data, %ebx
	int	$LGUEST_TRAP_ENTRY
	call	guest_start_c

	.data
	.balign	4
	.globl	boot_regs
boot_regs:
	.skip	56
boot_regs_end:

	.section .note.GNU-stack, "", @progbits
