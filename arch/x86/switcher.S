/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switcher: into a guest, out of it, and every vector's first instructions. */
#include "arch/x86/cpu_bits.h"
#include "arch/x86/switcher_asm.h"
#include "asm_offsets.h"
#include "gatehouse/lguest.h"

/*
 * All of this lies in the switcher window, mapped at the same address in host
 * and guest tables, read-execute. Who is on which stack with which tables:
 *
 *	esp below the window	host stack, and then always the host tables
 *	esp in the window	entry stack page, host or guest tables
 *
 * so on the way in the stack changes before CR3, on the way out after it.
 */

	.section .switcher, "ax"

/*
 * void switcher_run(struct state_page *state: eax)
 * Enters the guest whose registers are in the entry page below *state, with
 * state->guest_cr3; returns when it leaves, registers and trap number in that
 * page. Interrupts off. Clobbers eax, ecx, edx, ds/es set to host, fs/gs stale.
 */
	.globl switcher_run
switcher_run:
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	movl %eax, %ebx
	movl %esp, STATE_HOST_ESP(%ebx)
	movl STATE_GUEST_CR3(%ebx), %eax
	lidt STATE_GUEST_IDTR(%ebx)
	leal -REGS_BYTES(%ebx), %esp
	movl %eax, %cr3
	/* Guest tables from here on: its breakpoints can hit nothing of the host's. */
	movl STATE_GUEST_DR7(%ebx), %eax
	testl %eax, %eax
	jnz 0f
	/* A selector that no longer loads becomes null. */
1:	movw REGS_GS(%esp), %gs
2:	movw REGS_FS(%esp), %fs
3:	movw REGS_ES(%esp), %es
4:	movw REGS_DS(%esp), %ds
	popal
	addl $(REGS_EIP - REGS_GS), %esp
	.globl switcher_iret
switcher_iret:
	iret

0:	movl %eax, %dr7
	jmp 1b
fix_gs:	movl $0, REGS_GS(%esp)
	jmp 1b
fix_fs:	movl $0, REGS_FS(%esp)
	jmp 2b
fix_es:	movl $0, REGS_ES(%esp)
	jmp 3b
fix_ds:	movl $0, REGS_DS(%esp)
	jmp 4b
	/* The guest's frame is untouched at esp, its registers are live again:
	 * leave as if it had trapped. */
	.globl fix_iret
fix_iret:
	pushl $0
	pushl $EXIT_IRET_FAULT
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	pushal
	movl $SEL_HOST_DATA, %eax
	jmp leave_guest

	MAY_FAULT(1b, fix_gs)
	MAY_FAULT(2b, fix_fs)
	MAY_FAULT(3b, fix_es)
	MAY_FAULT(4b, fix_ds)
	MAY_FAULT(switcher_iret, fix_iret)

/*
 * Every stub comes here: error code and vector are on the stack above the
 * frame the CPU made. From a guest, the stack is the end of the entry page.
 */
	.globl entry_common
entry_common:
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	pushal
	movl $SEL_HOST_DATA, %eax
	testb $3, REGS_CS(%esp)
	jz from_ring0
leave_guest:
	cld
	movl %eax, %ds
	movl %eax, %es
	leal REGS_BYTES(%esp), %ebx		/* the state page follows */
	testl $0xFFF, %ebx
	jnz from_vm86
have_state:
	movl STATE_HOST_CR3(%ebx), %eax
	movl %eax, %cr3
	lidt STATE_HOST_IDTR(%ebx)
	cmpl $0, STATE_GUEST_DR7(%ebx)
	jne 6f
5:	movl STATE_HOST_ESP(%ebx), %esp
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret
	/*
	 * A longer frame: the guest was in virtual-8086 mode. A CPU refuses an
	 * iret to there outside of ring 0; QEMU's TCG (7.2) does not.
	 */
from_vm86:
	orl $0xFFF, %ebx
	incl %ebx
	movl REGS_TRAPNO(%esp), %eax		/* a real interrupt wants its EOI all the same */
	movl %eax, (ENTRY_FAULT_TRAPNO - 0x1000)(%ebx)
	movl $EXIT_VM86, (REGS_TRAPNO - REGS_BYTES)(%ebx)
	jmp have_state
6:	xorl %eax, %eax				/* no guest watchpoint hits the host */
	movl %eax, %dr7
	jmp 5b

/*
 * A trap in ring 0. On a host stack: C decides (an interrupt while idle, an
 * NMI, or a bug). On the entry stack: an instruction of the exception table,
 * an NMI or machine check, or a debug trap carried over from mov-ss.
 */
from_ring0:
	cld
	testl $X86_EFLAGS_VM, REGS_EFLAGS(%esp)
	jnz leave_guest				/* virtual-8086: cs is no selector */
	movl %eax, %ds
	movl %eax, %es
	movl %esp, %ebx
	cmpl $WINDOW_BASE, %esp
	jae 7f
	pushl %ebx
	call host_trap
	movl %ebx, %esp
	jmp return_ring0
7:	movl REGS_TRAPNO(%ebx), %edx
	cmpl $X86_TRAP_DB, %edx
	je 10f
	cmpl $X86_TRAP_NMI, %edx
	je in_switcher
	cmpl $X86_TRAP_MC, %edx
	je in_switcher
	movl REGS_EIP(%ebx), %ecx
	leal switcher_extable, %esi
8:	cmpl $switcher_extable_end, %esi
	jae in_switcher				/* C will panic */
	cmpl %ecx, (%esi)
	je 9f
	addl $8, %esi
	jmp 8b
9:	movl 4(%esi), %ecx
	movl %ecx, REGS_EIP(%ebx)
	movl REGS_ERRCODE(%ebx), %ecx
	movl %ebx, %eax
	andl $~0xFFF, %eax
	movl %edx, ENTRY_FAULT_TRAPNO(%eax)
	movl %ecx, ENTRY_FAULT_ERRCODE(%eax)
	jmp return_ring0
10:	movl $DR6_NOTHING, %eax			/* or the next guest would read of it */
	movl %eax, %dr6
	jmp return_ring0

/* On the entry stack, tables unknown: C runs on the NMI stack with the host's. */
in_switcher:
	movl %cr3, %edi
	movl %ebx, %esi
	andl $~0xFFF, %esi
	addl $0x1000, %esi			/* the state page */
	movl STATE_HOST_CR3(%esi), %eax
	movl %eax, %cr3
	movl %dr7, %ebp
	xorl %eax, %eax
	movl %eax, %dr7				/* the host's addresses are not the guest's */
	movl host_nmi_stack_top, %esp
	pushl %ebx
	call host_trap
	movl %ebx, %esp
	movl %edi, %cr3
	movl %ebp, %dr7
return_ring0:
	popal
	addl $8, %esp				/* fs, gs: never touched in ring 0, and maybe stale */
	popl %es
	popl %ds
	addl $8, %esp
	iret

/*
 * One stub a vector, and a table of their addresses (vector_stubs) for
 * whoever fills an IDT.
 */
	.pushsection .rodata
	.globl vector_stubs
	.balign 4
vector_stubs:
	.popsection
	.set vector, 0
	.rept 256
	.pushsection .rodata
	.long 10f
	.popsection
10:
	/* only the first 32 have a bit in the mask */
	.if (vector / 32) || !((X86_TRAP_HAS_ERROR_CODE >> (vector & 31)) & 1)
	pushl $0
	.endif
	pushl $vector
	.if vector == X86_TRAP_PF
	jmp fast_page_fault
	.elseif vector == LGUEST_TRAP_ENTRY
	jmp fast_call
	.elseif vector == X86_TRAP_UD || vector == X86_TRAP_GP
	jmp fast_user_trap
	.elseif !(vector / 32) && (FAST_TRAPS >> (vector & 31)) & 1
	jmp fast_trap
	.else
	jmp entry_common
	.endif
	.set vector, vector + 1
	.endr

	.section .bss
	.balign 4096
	.globl host_nmi_stack_guard
host_nmi_stack_guard:
	.skip 4096				/* unmapped once paging is on */
	.skip 4096
host_nmi_stack_end:

	.section .data
	.globl host_nmi_stack_top
	.balign 4
host_nmi_stack_top:
	.long host_nmi_stack_end
	.section .note.GNU-stack, "", @progbits
