/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last step: from the firmware's processor mode to the hypervisor's first instruction. */

#define MB2_LOADER_MAGIC	0x36D76289

/* Selectors of the table below, and bits of the registers (SDM 3A 2.2.1, 2.5). */
#define CODE32		0x08
#define DATA32		0x10
#define CR0_PG		0x80000000
#define CR4_PAE_LA57	0x00001020	/* what 64-bit mode does not let go of */
#define MSR_EFER	0xC0000080

	.section .rodata, "a"
	.balign	16
	.globl	handoff_code
	.hidden	handoff_code
handoff_code:
#ifdef __x86_64__
/*
 * In: edi = dst, esi = src, edx = bytes, ecx = entry, r8d = info; 64-bit mode,
 * identity-mapped. Interrupts go first: their handlers are the firmware's. CR4
 * is emptied here, as PCIDE and CET hold on to CR0.PG and CR0.WP.
 */
	.code64
	cli
	cld
	movl	%ecx, %ebp
	movl	%edx, %ecx
	movl	%r8d, %ebx
	movq	%cr4, %rax
	andl	$CR4_PAE_LA57, %eax
	movq	%rax, %cr4
	leaq	gdt(%rip), %rax
	pushq	%rax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%rsp)
	leaq	in_32_bits(%rip), %rax
	pushq	$CODE32
	pushq	%rax
	lretq
#else
/* In: the same as arguments on the stack; protected mode, identity-mapped if paged. */
	.code32
	cli
	cld
	movl	4(%esp), %edi
	movl	8(%esp), %esi
	movl	12(%esp), %ecx
	movl	16(%esp), %ebp
	movl	20(%esp), %ebx
	call	1f
1:	popl	%eax
	leal	gdt - 1b(%eax), %edx
	pushl	%edx
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%esp)
	leal	in_32_bits - 1b(%eax), %eax
	pushl	$CODE32
	pushl	%eax
	lret
#endif

/*
 * edi = dst, esi = src, ecx = bytes, ebp = entry, ebx = info. No stack from
 * here on: it may lie beyond 4 GiB, or where the kernel goes; esp is a register
 * like any other.
 */
	.code32
in_32_bits:
	movl	$DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
#ifdef __x86_64__
	/* LME, or the kernel's own paging would be 64-bit mode's. */
	movl	%ecx, %esp
	movl	$MSR_EFER, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	movl	%esp, %ecx
#endif
	xorl	%eax, %eax
	movl	%eax, %cr4
	rep movsb
	movl	$MB2_LOADER_MAGIC, %eax
	jmp	*%ebp

	.balign	8
gdt:
	.quad	0
	.quad	0x00CF9B000000FFFF	/* CODE32: flat, accessed */
	.quad	0x00CF93000000FFFF	/* DATA32 */
gdt_end:
handoff_end:

	.balign	4
	.globl	handoff_bytes
	.hidden	handoff_bytes
handoff_bytes:
	.long	handoff_end - handoff_code

	.section .note.GNU-stack, "", @progbits
