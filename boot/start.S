/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both multiboot headers and the first instructions: a known CPU state, then boot_main(). */

#define MB1_MAGIC 0x1BADB002
#define MB1_FLAGS 0x00000003 /* modules page-aligned, memory information wanted */

#define MB2_MAGIC		0xE85250D6
#define MB2_ARCH_I386		0
#define MB2_TAG_END		0
#define MB2_TAG_REQUEST		1
#define MB2_TAG_FRAMEBUFFER	5
#define MB2_TAG_MODULE_ALIGN	6
#define MB2_OPTIONAL		1

#define BOOT_STACK_BYTES 16384

/* GDT entries 10 and 11, as in the table that arch/x86 installs later. */
#define HOST_CODE_SELECTOR 0x50
#define HOST_DATA_SELECTOR 0x58

#define CR0_PE_ET_NE	0x00000031 /* and nothing else: no PG, CD, NW, AM, WP, TS, EM */
#define EFLAGS_RESERVED	0x00000002 /* bit 1 is always set */
#define EFLAGS_ID	0x00200000

/* Multiboot2 specification 3.1: within 32 KiB, 8-aligned. Multiboot 0.6.96 3.1: within 8 KiB. */
	.section .multiboot, "a"
	.balign	8
mb2_header:
	.long	MB2_MAGIC
	.long	MB2_ARCH_I386
	.long	mb2_header_end - mb2_header
	.long	-(MB2_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))

	/* A loader which cannot give these must not start us: command line, modules, memory map. */
mb2_required:
	.short	MB2_TAG_REQUEST, 0
	.long	mb2_required_end - mb2_required
	.long	1, 3, 6
mb2_required_end:
	.balign	8
	/* Welcome: loader name, basic memory, framebuffer, ACPI 1.0 and 2.0 RSDP. */
mb2_wanted:
	.short	MB2_TAG_REQUEST, MB2_OPTIONAL
	.long	mb2_wanted_end - mb2_wanted
	.long	2, 4, 8, 14, 15
mb2_wanted_end:
	.balign	8
	/* Any size and depth. Without this tag GRUB gives no framebuffer, not even under EFI. */
	.short	MB2_TAG_FRAMEBUFFER, MB2_OPTIONAL
	.long	20, 0, 0, 0
	.balign	8
	.short	MB2_TAG_MODULE_ALIGN, 0
	.long	8
	.short	MB2_TAG_END, 0
	.long	8
mb2_header_end:

	.balign	4
	.long	MB1_MAGIC
	.long	MB1_FLAGS
	.long	-(MB1_MAGIC + MB1_FLAGS)

/*
 * Flat descriptors, accessed bit already set so that the CPU never writes here.
 */
	.section .rodata, "a"
	.balign	8
boot_gdt:
	.fill	10, 8, 0
	.quad	0x00CF9B000000FFFF /* HOST_CODE_SELECTOR */
	.quad	0x00CF93000000FFFF /* HOST_DATA_SELECTOR */
boot_gdt_end:
boot_gdt_pointer:
	.short	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt

/*
 * In: eax = loader's magic, ebx = physical address of its information; 32-bit
 * protected mode, flat segments, identity-mapped if paged; no stack. Nothing
 * else is relied upon: loaders leave CR0, CR4 and EFLAGS as they like.
 * Does not return. The loader's information lies outside of our image, so
 * clearing .bss cannot hurt it.
 *
 *                    +-------------------+ boot_stack_top, 16-aligned
 *                    | 0 0               | end of the frame chain
 *                    | info              | argument 2
 *          esp ->    | magic             | argument 1 at the call, 16-aligned
 */
	.section .text.boot, "ax"
	.globl	_start
	.type	_start, @function
_start:
	cli
	cld
	movl	%eax, %esi
	movl	$CR0_PE_ET_NE, %eax
	movl	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$HOST_CODE_SELECTOR, $reload_segments
reload_segments:
	movl	$HOST_DATA_SELECTOR, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$boot_stack_top, %esp

	/* CR4 exists exactly where CPUID does, and that is where EFLAGS.ID can be set. */
	pushl	$(EFLAGS_RESERVED | EFLAGS_ID)
	popfl
	pushfl
	popl	%edx
	pushl	$EFLAGS_RESERVED
	popfl
	testl	$EFLAGS_ID, %edx
	jz	clear_bss
	xorl	%eax, %eax
	movl	%eax, %cr4

clear_bss:
	xorl	%eax, %eax
	movl	$__bss_start, %edi
	movl	$__bss_end, %ecx
	subl	%edi, %ecx
	rep stosb

	xorl	%ebp, %ebp
	pushl	%ebp
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	call	boot_main
halt:
	cli
	hlt
	jmp	halt
	.size	_start, . - _start

	.section .bss
	.balign	4096
	.globl	boot_stack_guard
boot_stack_guard:
	.space	4096			/* unmapped once paging is on */
	.space	BOOT_STACK_BYTES
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
