/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectural constants, under the manual's names (SDM vol. 3A); safe for assembly. */
#ifndef GATEHOUSE_ARCH_X86_CPU_BITS_H
#define GATEHOUSE_ARCH_X86_CPU_BITS_H

#define X86_EFLAGS_FIXED 0x00000002
#define X86_EFLAGS_TF    0x00000100
#define X86_EFLAGS_IF    0x00000200
#define X86_EFLAGS_IOPL  0x00003000
#define X86_EFLAGS_NT    0x00004000
#define X86_EFLAGS_RF    0x00010000
#define X86_EFLAGS_VM    0x00020000
#define X86_EFLAGS_AC    0x00040000
#define X86_EFLAGS_VIF   0x00080000
#define X86_EFLAGS_VIP   0x00100000
#define X86_EFLAGS_ID    0x00200000

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_PG 0x80000000

#define DR6_NOTHING 0xFFFF0FF0 /* as after a reset: SDM 3B 17.2.3 */

#define CR4_DE         0x0008
#define CR4_PAE        0x0020
#define CR4_MCE        0x0040
#define CR4_OSFXSR     0x0200
#define CR4_OSXMMEXCPT 0x0400

#define MSR_IA32_APIC_BASE    0x01B
#define APIC_BASE_ENABLE      0x800
#define MSR_IA32_BIOS_SIGN_ID 0x08B
#define MSR_IA32_SYSENTER_CS  0x174
#define MSR_IA32_SYSENTER_ESP 0x175
#define MSR_IA32_SYSENTER_EIP 0x176
#define MSR_IA32_MCG_CAP      0x179
#define MSR_IA32_MCG_STATUS   0x17A
#define MSR_IA32_MISC_ENABLE  0x1A0
#define MISC_ENABLE_XD_OFF    0x400000000ull
#define MSR_IA32_PAT          0x277
#define MSR_IA32_MC0_CTL      0x400 /* four for each bank: this, status, address, misc */
#define MSR_EFER              0xC0000080
#define EFER_NXE              0x800
#define MSR_AMD_INT_PENDING   0xC0010055
#define AMD_C1E_ON_HALT       0x18000000ull /* BKDG: SmiOnCmpHalt, C1eOnCmpHalt */

/* Exception vectors (SDM 3A table 6-1). */
#define X86_TRAP_DE       0
#define X86_TRAP_DB       1
#define X86_TRAP_NMI      2
#define X86_TRAP_BP       3
#define X86_TRAP_OF       4
#define X86_TRAP_BR       5
#define X86_TRAP_UD       6
#define X86_TRAP_NM       7
#define X86_TRAP_DF       8
#define X86_TRAP_TS       10
#define X86_TRAP_NP       11
#define X86_TRAP_SS       12
#define X86_TRAP_GP       13
#define X86_TRAP_PF       14
#define X86_TRAP_SPURIOUS 15
#define X86_TRAP_MF       16
#define X86_TRAP_AC       17
#define X86_TRAP_MC       18
#define X86_TRAP_XM       19
/* Vectors 8, 10-14 and 17 push an error code. */
#define X86_TRAP_HAS_ERROR_CODE 0x00027D00

/* The vectors of this machine's own interrupts. */
#define VECTOR_PIC         0xD0 /* 16 lines of the two 8259s */
#define VECTOR_SOURCE      0xE0 /* pins of I/O APICs, and messages */
#define VECTOR_LAPIC_TIMER 0xFC
#define VECTOR_LAPIC_ERROR 0xFE
#define VECTOR_SPURIOUS    0xFF
#define VECTOR_HOST_FIRST  0xD0 /* guests may use none from here on */

/* Not a vector: the iret into the guest faulted (guest's CS, SS or EIP are bad). */
#define EXIT_IRET_FAULT 0x100
/* Not a vector: the guest was in virtual-8086 mode, registers unknown. */
#define EXIT_VM86 0x101

/* Page fault error code. */
#define PF_PRESENT 0x01
#define PF_WRITE   0x02
#define PF_USER    0x04
#define PF_RSVD    0x08
#define PF_INSTR   0x10

/* Descriptors: 32 in the one GDT, these four are the host's. */
#define GDT_ENTRIES         32
#define GDT_ENTRY_HOST_CODE 10
#define GDT_ENTRY_HOST_DATA 11
#define GDT_ENTRY_TSS       16
#define GDT_ENTRY_DF_TSS    31
#define SEL_HOST_CODE       0x50
#define SEL_HOST_DATA       0x58
#define SEL_TSS             0x80
#define SEL_DF_TSS          0xF8

/* The switcher window: the top 4 MiB, the same addresses in host and guest tables. */
#define WINDOW_BASE       0xFFC00000
#define WINDOW_BYTES      0x00400000
#define WINDOW_TEXT_PAGES 16
#define WINDOW_CPU_BASE   0xFFC10000 /* per CPU: guard, entry page, state page, guard */
#define WINDOW_CPU_STRIDE 0x4000
#define WINDOW_ENTRY(cpu) (WINDOW_CPU_BASE + (cpu)*WINDOW_CPU_STRIDE + 0x1000)
#define WINDOW_STATE(cpu) (WINDOW_CPU_BASE + (cpu)*WINDOW_CPU_STRIDE + 0x2000)
#define WINDOW_MMIO       0xFFD00000 /* host-only device pages */
#define WINDOW_MMIO_PAGES 256

/* Its upper half, in guest tables only: the guest's own (fast.h). */
#define WINDOW_FAST      0xFFE00000 /* aliases of its page tables */
#define FAST_TABLES      256
#define WINDOW_FAST_DIR  0xFFF00000 /* of its directory, or its four (PAE) */
#define WINDOW_FAST_DATA 0xFFF04000 /* of the one or two pages of its lguest_data */
#define WINDOW_FAST_PAGE 0xFFF06000

/*
 * The exceptions the fast tier reflects: #DE, #BP, #OF, #BR, #UD, #NM, 9 to #PF, #MF, #AC, #XM.
 * #UD and #GP only where C would not look at the instruction, #PF where the guest's tables deny.
 */
#define FAST_TRAPS      0x000B7EF9
#define FAST_INTERRUPT  1 /* an interrupt gate: clears irq_enabled */
#define FAST_ERROR_CODE 2
#define FAST_TIME_SHIFT 22
#define FAST_STACK_MIN  64 /* esp: below that it leaves a frame to C */

#define MAX_CPUS 16

/* Host stacks are naturally aligned; struct cpu * lies in the top word. */
#define HOST_STACK_BYTES 0x4000

#endif
