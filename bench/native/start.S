/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bare PC's first instructions, the way to ring 3 and back, and the interrupt's handler. */
#include "bench/native/native.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0

	.section .multiboot, "a"
	.balign	4
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
/* In: 32-bit protected mode, interrupts off. No stack. */
	.globl	_start
_start:
	movl	$native_stack_top, %esp
	lgdt	native_gdtr
	ljmp	$KERNEL_CS, $1f
1:	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	call	native_main
2:	hlt
	jmp	2b

/* uint32_t native_user(eip, esp, ecx, edi): ring 3 with ebp = 0, until native_leave; its eax. */
	.globl	native_user
native_user:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %eax
	movl	24(%esp), %edx
	movl	28(%esp), %ecx
	movl	32(%esp), %edi
	movl	%esp, kernel_esp
	movl	$USER_DS_NATIVE, %ebx
	movl	%ebx, %ds
	movl	%ebx, %es
	pushl	%ebx
	pushl	%edx
	pushl	$2
	pushl	$USER_CS_NATIVE
	pushl	%eax
	xorl	%ebp, %ebp
	iret

	.globl	native_leave
native_leave:
	movl	%ss, %edx
	movl	%edx, %ds
	movl	%edx, %es
	movl	kernel_esp, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* What a handler of an interrupt cannot do without: the local APIC wants to know. */
	.globl	native_interrupt
native_interrupt:
	movl	$0, APIC_VA + APIC_EOI
	iret

	.globl	native_unexpected
native_unexpected:
	movl	%esp, %eax
	pushl	%eax
	call	native_stop

	.bss
	.balign	16
kernel_esp:
	.skip	16
	.skip	16384
native_stack_top:

	.section .note.GNU-stack, "", @progbits
