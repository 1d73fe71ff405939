/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trap entry stubs, the way back, and the switch to ring 3 and out of it. */
#include "gatehouse/lguest.h"
#include "guest-offsets.h"

#define VECTOR_PUSHES_ERROR(v) \
	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

/* One stub a vector; its address goes into trap_stubs[]. */
	.macro trap_stub vector
	.text
.Lstub\@:
	.if !VECTOR_PUSHES_ERROR(\vector)
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_common
	.section .rodata
	.long	.Lstub\@
	.endm

	.section .rodata
	.balign	4
	.globl	trap_stubs
trap_stubs:
	.altmacro
	.set	number, 0
	.rept	256
	trap_stub %number
	.set	number, number + 1
	.endr
	.noaltmacro

	.text
/*
 * Entered with vector and error code on top of the CPU's frame; completes
 * struct regs and calls trap_dispatch(regs).
 */
trap_common:
	pusha
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	$LGUEST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	cld
	movl	%esp, %eax
	pushl	%eax
	call	trap_dispatch
	popl	%eax

/* Entered with esp at a struct regs; virtual interrupts disabled if it is not on the stack. */
trap_return:
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popa
	addl	$REGS_EIP - REGS_VECTOR, %esp
	/* irq_enabled := the IF of the flags to return to, with no interrupt before the iret. */
	pushl	%eax
	movl	4 + REGS_EFLAGS - REGS_EIP(%esp), %eax
	.globl	guest_noirq_start, guest_noirq_end, guest_noirq_iret
guest_noirq_start:
	movl	%eax, %ss:lguest_data + LGUEST_DATA_IRQ_ENABLED
	popl	%eax
guest_noirq_iret:
	iret
guest_noirq_end:

/*
 * void ring3_enter(const struct regs *r): goes to where *r says, virtual
 * interrupts disabled on entry. Returns, by ring3_leave(), on a trap from ring 3.
 * Works on a copy, so that a fault on the way out finds a good stack.
 */
	.globl	ring3_enter
ring3_enter:
	movl	4(%esp), %eax
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, ring3_kernel_esp
	subl	$REGS_SIZE, %esp
	movl	%eax, %esi
	movl	%esp, %edi
	movl	$REGS_SIZE, %ecx
	rep movsb
	jmp	trap_return

/* void ring3_leave(void): returns from the ring3_enter() that is under way. */
	.globl	ring3_leave
ring3_leave:
	movl	ring3_kernel_esp, %esp
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

	.bss
	.balign	4
ring3_kernel_esp:
	.long	0

	.balign	4096
	.globl	guest_stack, guest_stack_top
guest_stack:
	.skip	16384
guest_stack_top:

	.section .note.GNU-stack, "", @progbits
