/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast tier: what is answered in ring 0 with the guest's own tables (fast.h). */
#include "arch/x86/cpu_bits.h"
#include "arch/x86/switcher_asm.h"
#include "asm_offsets.h"
#include "gatehouse/lguest.h"

/*
 * On the entry stack, where the stubs left it: vector, error code, the CPU's
 * frame. ds and es are the guest's, so memory is reached by ss, which is flat.
 * Until the last store to the guest's stack nothing has changed that C would
 * not do again: whatever is in the way, registers are taken back and the guest
 * leaves for C as if this had not been.
 */
#define TRAPNO  16
#define ERRCODE 20
#define EIP	24
#define CS	28
#define EFLAGS	32
#define ESP	36
#define SS	40

/* What a handler begins with, out of what was: no TF, NT, RF, VM, IOPL (I4). */
#define EFLAGS_OF_HANDLER 0x00240ED7

	.section .switcher, "ax"

/* #UD and #GP: in ring 1, or with a selector to blame, C looks at the instruction. */
	.globl fast_user_trap
fast_user_trap:
	testb $2, CS-16(%esp)
	jz entry_common
	cmpl $0, ERRCODE-16(%esp)
	jne entry_common

	.globl fast_trap
fast_trap:
	testb $3, CS-16(%esp)
	jz entry_common
	pushl %eax
	pushl %ecx
	pushl %edx
	pushl %ebx
	movl TRAPNO(%esp), %ecx
	movl %ss:FAST_DATA, %edx
	testl %edx, %edx
	jz leave_to_c
	cmpl $0, %ss:FAST_HANDLERS(,%ecx,4)
	je leave_to_c

/* Reflects vector ecx; edx is lguest_data, and there is a handler. */
reflect:
	testb $X86_EFLAGS_VM >> 16, EFLAGS+2(%esp)
	jnz leave_to_c
	testb $2, CS(%esp)
	jz same_stack
	movl %ss:FAST_ESP1, %eax
	testl %eax, %eax
	jz leave_to_c
	movzwl SS(%esp), %ebx
store_ss:
	movl %ebx, %ss:-4(%eax)
	movl ESP(%esp), %ebx
store_esp:
	movl %ebx, %ss:-8(%eax)
	subl $8, %eax
push_frame:
	movl %ss:DATA_IRQ_ENABLED(%edx), %ebx	/* IF as the guest has it */
	xorl EFLAGS(%esp), %ebx
	andl $X86_EFLAGS_IF, %ebx
	xorl EFLAGS(%esp), %ebx
store_eflags:
	movl %ebx, %ss:-4(%eax)
	movzwl CS(%esp), %ebx
store_cs:
	movl %ebx, %ss:-8(%eax)
	movl EIP(%esp), %ebx
store_eip:
	movl %ebx, %ss:-12(%eax)
	subl $12, %eax
	testb $FAST_ERROR_CODE, %ss:FAST_KINDS(%ecx)
	jz 7f
	movl ERRCODE(%esp), %ebx
store_error:
	movl %ebx, %ss:-4(%eax)
	subl $4, %eax
	/* Nothing is in the way any more. */
7:	movl %eax, ESP(%esp)
	movl %ss:FAST_SS1, %eax
	movl %eax, SS(%esp)
	movl %ss:FAST_HANDLERS(,%ecx,4), %eax
	movl %eax, EIP(%esp)
	movl $LGUEST_CS, CS(%esp)
	andl $EFLAGS_OF_HANDLER, EFLAGS(%esp)
	testb $FAST_INTERRUPT, %ss:FAST_KINDS(%ecx)
	jz 8f
	movl $0, %ss:DATA_IRQ_ENABLED(%edx)
8:	movl %esp, %ebx
	andl $~0xFFF, %ebx
	subl $LGUEST_FIRST_VECTOR, %ecx
	jae 9f
	incl %ss:ENTRY_FAST_TRAPS(%ebx)
enter_handler:
	popl %ebx
	popl %edx
	popl %ecx
	popl %eax
	addl $8, %esp
iret_to_handler:
	iret
	/* A virtual interrupt, by SEND_INTERRUPTS: C is to know that it is no longer pending. */
9:	movl $0, %ss:DATA_IRQ_PENDING(%edx)
	btsl %ecx, %ss:ENTRY_FAST_IRQS(%ebx)
	incl %ss:ENTRY_FAST_CALLS(%ebx)
	movl %edx, %ebx
	rdtsc					/* the time, since C wrote it last */
	subl %ss:FAST_TIME_TSC, %eax
	mull %ss:FAST_NS_PER_TICK
	shrdl $FAST_TIME_SHIFT, %edx, %eax
	movl %ss:FAST_TIME_SEC, %ecx
	addl %ss:FAST_TIME_NSEC, %eax
	cmpl $1000000000, %eax
	jb 1f
	subl $1000000000, %eax
	incl %ecx
1:	movl %ecx, %ss:DATA_TIME_SEC(%ebx)
	movl %eax, %ss:DATA_TIME_NSEC(%ebx)
	jmp enter_handler

	/* The handler goes on below what is on the stack already. */
same_stack:
	movzwl SS(%esp), %ebx
	cmpl %ss:FAST_SS1, %ebx
	jne leave_to_c
	movl ESP(%esp), %eax
	leal -FAST_STACK_MIN(%eax), %ebx
	cmpl $WINDOW_BASE - FAST_STACK_MIN, %ebx
	jbe push_frame
	jmp leave_to_c

	/* The guest's stack is not there, or not yet: cr2 as it was, if it matters. */
stack_fault:
	cmpl $X86_TRAP_PF, TRAPNO(%esp)
	jne leave_to_c
	movl %ss:DATA_CR2(%edx), %eax
address_fault:
	movl %eax, %cr2
leave_to_c:
	popl %ebx
	popl %edx
	popl %ecx
	popl %eax
	jmp entry_common

	MAY_FAULT(store_ss, stack_fault)
	MAY_FAULT(store_esp, stack_fault)
	MAY_FAULT(store_eflags, stack_fault)
	MAY_FAULT(store_cs, stack_fault)
	MAY_FAULT(store_eip, stack_fault)
	MAY_FAULT(store_error, stack_fault)
	MAY_FAULT(iret_to_handler, fix_iret)

/*
 * A page fault is the guest's own if its tables, as they are now, deny the
 * access: a walk as guest_walk() does it, by the aliases. All else is C's:
 * what the shadow lacks, upper entries that deny, no-execute.
 */
	.globl fast_page_fault
fast_page_fault:
	testb $3, CS-16(%esp)
	jz entry_common
	pushl %eax
	pushl %ecx
	pushl %edx
	pushl %ebx
	movl %ss:FAST_DATA, %edx
	testl %edx, %edx
	jz leave_to_c
	cmpl $0, %ss:FAST_HANDLERS + X86_TRAP_PF * 4
	je leave_to_c
	movl %cr2, %eax
	cmpl $WINDOW_BASE, %eax
	jae leave_to_c
	movl %eax, %ecx
	cmpl $1, %ss:FAST_WALK			/* enum fast_walk */
	jb leave_to_c
	ja 1f
	/* two levels: 1024 entries of 4 bytes */
	shrl $22, %ecx
	movl %ss:WINDOW_FAST_DIR(,%ecx,4), %ebx
	movl %eax, %ecx
	shrl $10, %ecx
	andl $0xFFC, %ecx
	jmp 3f
	/* PAE: 512 of 8 bytes; the four directories' aliases follow each other */
1:	shrl $21, %ecx
read_directory:
	movl %ss:WINDOW_FAST_DIR(,%ecx,8), %ebx
	cmpl $0, %ss:WINDOW_FAST_DIR + 4(,%ecx,8)
	jne leave_to_c
	movl %eax, %ecx
	shrl $9, %ecx
	andl $0xFF8, %ecx
	/* ebx the directory's entry, ecx where the page's is in its table */
3:	testb $1, %bl
	jz 4f
	notb %bl
	testb $6, %bl				/* writable and user */
	jnz leave_to_c
	testb $0x80, %bl			/* a large page */
	jz leave_to_c
	shrl $12, %ebx
	movzbl %bl, %edx
	cmpl %ebx, %ss:FAST_SEEN(,%edx,4)
	jne leave_to_c
	shll $12, %edx
read_table:
	movl %ss:WINDOW_FAST(%edx,%ecx), %ebx
	movl %ss:FAST_DATA, %edx
	testb $1, %bl
	jz 4f
	notl %ebx
	andl ERRCODE(%esp), %ebx
	testb $PF_WRITE | PF_USER, %bl
	jz leave_to_c
	testb $PF_INSTR, ERRCODE(%esp)
	jnz leave_to_c
	orl $PF_PRESENT, ERRCODE(%esp)
	andl $PF_PRESENT | PF_WRITE | PF_USER, ERRCODE(%esp)
	jmp 5f
4:	andl $PF_WRITE | PF_USER, ERRCODE(%esp)
5:	movl %eax, %ss:DATA_CR2(%edx)
	movl $X86_TRAP_PF, %ecx
	jmp reflect

	MAY_FAULT(read_directory, address_fault)
	MAY_FAULT(read_table, address_fault)

/* Hypercalls that want nothing of C: number in eax. */
	.globl fast_call
fast_call:
	testl %eax, %eax			/* LHCALL_FLUSH_ASYNC */
	jz 1f
	cmpl $LHCALL_SEND_INTERRUPTS, %eax
	je 1f
	cmpl $LHCALL_TS, %eax
	jne entry_common
1:	pushl %eax
	pushl %ecx
	pushl %edx
	pushl %ebx
	movl %ss:FAST_DATA, %edx
	testl %edx, %edx
	jz leave_to_c
	testb $X86_EFLAGS_VM >> 16, EFLAGS+2(%esp)
	jnz leave_to_c
	movl %ss:FAST_ASYNC_NEXT, %ecx
	cmpb $0xFF, %ss:DATA_HCALL_STATUS(%edx,%ecx)
	jne leave_to_c
	movl %ss:FAST_IRQS, %ecx
	testl %ecx, %ecx
	jnz due
	movl %ecx, %ss:DATA_IRQ_PENDING(%edx)
	cmpl $LHCALL_TS, %eax
	je 3f
2:	movl %esp, %ebx
	andl $~0xFFF, %ebx
	incl %ss:ENTRY_FAST_CALLS(%ebx)
	jmp enter_handler
	/* CR0.TS is the guest's own while it runs; ebx: set it */
3:	clts
	testl %ebx, %ebx
	jz 2b
	movl %cr0, %ecx
	orl $CR0_TS, %ecx
	movl %ecx, %cr0
	jmp 2b

	/* One that is neither blocked nor delivered yet, and nothing else: any more is C's. */
due:
	cmpl $LHCALL_SEND_INTERRUPTS, %eax
	jne leave_to_c
	movl %esp, %ebx
	andl $~0xFFF, %ebx
	movl %ss:ENTRY_FAST_IRQS(%ebx), %eax
	notl %eax
	andl %ecx, %eax
	jz leave_to_c
	leal -1(%eax), %ecx
	testl %ecx, %eax
	jnz leave_to_c
	testl %ss:DATA_BLOCKED(%edx), %eax
	jnz leave_to_c
	testl $X86_EFLAGS_IF, %ss:DATA_IRQ_ENABLED(%edx)
	jz leave_to_c
	movl EIP(%esp), %ecx
	subl %ss:FAST_NOIRQ_START, %ecx
	cmpl %ss:FAST_NOIRQ_BYTES, %ecx
	jb leave_to_c
	bsfl %eax, %ecx
	addl $LGUEST_FIRST_VECTOR, %ecx
	cmpl $0, %ss:FAST_HANDLERS(,%ecx,4)
	jne reflect
	jmp leave_to_c

/*
 * sysenter, of a guest that asked for it: nothing was saved, interrupts are
 * off, esp is the end of the entry page. As through a trap gate into ring 1,
 * but without a frame: where to go back to is between the guest and its user.
 */
	.globl sysenter_entry
sysenter_entry:
	pushl %ss:STATE_TSS_SS1(%esp)
	pushl %ss:STATE_TSS_ESP1 + 4(%esp)
	pushfl
	pushl $X86_EFLAGS_FIXED			/* with NT, the iret would be one out of a task */
	popfl
	orl $X86_EFLAGS_IF, (%esp)
	andl $EFLAGS_OF_HANDLER, (%esp)
	pushl $LGUEST_CS
	pushl %ss:STATE_SYSENTER_EIP + 16(%esp)
sysenter_iret:
	iret

	MAY_FAULT(sysenter_iret, fix_iret)

	.section .note.GNU-stack, "", @progbits
