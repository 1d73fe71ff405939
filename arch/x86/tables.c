/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own descriptor tables, and what its traps in ring 0 mean. */
#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/descriptor.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/machine_check.h"
#include "arch/x86/paging.h"
#include "arch/x86/switcher.h"
#include "arch/x86/vcpu.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/panic.h"

static uint64_t host_idt[256] ALIGNED(8);

/* The double fault's task runs whatever state its stack was in (I9). */
static struct {
	uint8_t guard[PAGE_SIZE];
	uint8_t stack[PAGE_SIZE];
	struct tss tss;
} double_fault ALIGNED(4096);

extern uint8_t host_nmi_stack_guard[];
extern uint8_t boot_stack_guard[];

uint32_t host_idt_address(void)
{
	return (uint32_t)(uintptr_t)host_idt;
}

uint32_t host_df_tss_address(unsigned cpu)
{
	(void)cpu;
	return (uint32_t)(uintptr_t)&double_fault.tss;
}

/* The interrupted task's registers were saved by the CPU into its TSS. */
static NORETURN void double_fault_entry(void)
{
	const struct state_page *state = (const struct state_page *)WINDOW_STATE(0);
	const struct tss *t = &state->tss;
	struct regs regs = {.edi = t->edi,
			    .esi = t->esi,
			    .ebp = t->ebp,
			    .ebx = t->ebx,
			    .edx = t->edx,
			    .ecx = t->ecx,
			    .eax = t->eax,
			    .trapno = X86_TRAP_DF,
			    .eip = t->eip,
			    .cs = t->cs,
			    .eflags = t->eflags,
			    .esp = t->esp};

	panic_trap(&regs, "double fault (stack overflow?), esp 0x%08x", t->esp);
}

static void init_double_fault(void)
{
	struct tss *t = &double_fault.tss;

	t->cr3 = read_cr3();
	t->eip = (uint32_t)(uintptr_t)double_fault_entry;
	t->eflags = X86_EFLAGS_FIXED;
	t->esp = (uint32_t)(uintptr_t)(double_fault.stack + sizeof(double_fault.stack) - 16);
	t->cs = SEL_HOST_CODE;
	t->ds = t->es = t->ss = SEL_HOST_DATA;
	t->iomap = sizeof(*t);
}

void host_tables_init(void)
{
	for (unsigned i = 0; i < 256; i++)
		host_idt[i] = gate_make(vector_stubs[i], SEL_HOST_CODE, GATE_INTERRUPT, 0);
	host_idt[X86_TRAP_DF] = gate_make(0, SEL_DF_TSS, GATE_TASK, 0);
	init_double_fault();
	paging_guard(double_fault.guard);
	paging_guard(host_nmi_stack_guard);
	paging_guard(boot_stack_guard);
}

void host_tables_load(struct state_page *state)
{
	struct desc_ptr gdtr = {sizeof(state->gdt) - 1, (uint32_t)(uintptr_t)state->gdt};

	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("lidt %0" : : "m"(state->host_idtr));
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	__asm__ volatile("ljmp %0, $1f; 1:" : : "i"(SEL_HOST_CODE));
	__asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%ss; lldt %w1"
			 :
			 : "r"(SEL_HOST_DATA), "r"(0)
			 : "memory");
	__asm__ volatile("movl %0, %%fs; movl %0, %%gs" : : "r"(0));
}

STACK_ARGUMENTS void host_trap(struct regs *regs)
{
	unsigned trap = regs->trapno;

	if (trap >= 32)
		interrupt_arrived(trap);
	else if (trap == X86_TRAP_NMI)
		interrupt_nmi(regs);
	else if (trap == X86_TRAP_MC)
		machine_check_panic(regs);
	else if (trap == X86_TRAP_PF)
		panic_trap(regs, "page fault in ring 0 at 0x%08x, error code 0x%x", read_cr2(),
			   regs->errcode);
	else
		panic_trap(regs, "exception %u in ring 0, error code 0x%x", trap, regs->errcode);
}

void cpu_triple_fault(void)
{
	struct desc_ptr none = {0, 0};

	__asm__ volatile("lidt %0; int3" : : "m"(none));
	cpu_halt();
}
