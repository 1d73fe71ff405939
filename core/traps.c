/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest left, and what becomes of it: emulated, fixed, or reflected. */
#include "core/traps.h"

#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/machine_check.h"
#include "core/emulate.h"
#include "core/gdb.h"
#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/hypercall.h"
#include "core/mmio.h"
#include "core/virq.h"

/*
 *	stack of the handler, as on a real CPU (SDM 3A figure 6-4):
 *
 *	ss, esp		only if the trap came from another ring
 *	eflags		IF shows the guest's own irq_enabled
 *	cs, eip
 *	error code	vectors 8, 10-14, 17
 */
struct frame {
	uint32_t word[6];
	unsigned count;
};

static void push(struct frame *f, uint32_t value)
{
	f->word[ARRAY_SIZE(f->word) - ++f->count] = value;
}

static struct frame build_frame(const struct guest *g, bool new_stack, bool has_error_code,
				uint32_t error_code)
{
	const struct regs *regs = g->vcpu.regs;
	uint32_t flag = g->data ? READ_ONCE(g->data->irq_enabled) & X86_EFLAGS_IF : 0;
	struct frame f = {.count = 0};

	if (new_stack) {
		push(&f, regs->ss & 0xFFFF);
		push(&f, regs->esp);
	}
	push(&f, (regs->eflags & ~X86_EFLAGS_IF) | flag);
	push(&f, regs->cs & 0xFFFF);
	push(&f, regs->eip);
	if (has_error_code)
		push(&f, error_code);
	return f;
}

bool trap_deliver(struct guest *g, unsigned vector, bool has_error_code, uint32_t error_code)
{
	struct regs *regs = g->vcpu.regs;
	uint64_t gate = g->vcpu.idt[vector];
	bool new_stack = vcpu_ring(&g->vcpu) != 1;
	uint32_t ss = new_stack ? g->vcpu.state.tss.ss1 : regs->ss & 0xFFFF;
	uint32_t esp = new_stack ? g->vcpu.state.tss.esp1 : regs->esp;
	struct frame f;

	if (!gate_is_usable(gate))
		return false;
	f = build_frame(g, new_stack, has_error_code, error_code);
	esp -= f.count * 4;
	if (guest_write_virtual(g, esp + vcpu_segment_base(&g->vcpu, (uint16_t)ss),
				&f.word[ARRAY_SIZE(f.word) - f.count], f.count * 4)) {
		guest_fail(
			g,
			"cannot push the frame of trap %u at %04x:%08x: the stack is not writable "
			"memory (eip 0x%08x)",
			vector, ss, esp, regs->eip);
		return true;
	}
	regs->ss = ss;
	regs->esp = esp;
	regs->cs = LGUEST_CS;
	regs->eip = GATE_OFFSET_OF(gate);
	regs->eflags &= ~(X86_EFLAGS_TF | X86_EFLAGS_VM | X86_EFLAGS_RF | X86_EFLAGS_NT);
	if (GATE_TYPE_OF(gate) == GATE_INTERRUPT && g->data)
		WRITE_ONCE(g->data->irq_enabled, 0);
	return true;
}

const char *trap_deliver_nmi(struct guest *g)
{
	if (g->state != GUEST_RUNNING && g->state != GUEST_HALTED)
		return "is neither running nor halted";
	if (!g->nmi_gate)
		return "has no handler for NMIs: its IDT has no gate 2";
	if (g->state == GUEST_HALTED)
		virq_wake(g);
	/* only for this moment: the CPU's gate 2 is Gatehouse's, and `int 2` is refused */
	g->vcpu.idt[X86_TRAP_NMI] = g->nmi_gate;
	trap_deliver(g, X86_TRAP_NMI, false, 0);
	g->vcpu.idt[X86_TRAP_NMI] = 0;
	return guest_is_running(g) ? NULL : "died of it";
}

void trap_reflect(struct guest *g, unsigned vector, uint32_t error_code)
{
	bool has_error_code = vector < 32 && (uint32_t)X86_TRAP_HAS_ERROR_CODE >> vector & 1;
	const struct regs *regs = g->vcpu.regs;

	counters_exit(g, EXIT_REFLECTED, COUNTER_TRAP + (vector & 31));
	trace(TRACE_REFLECT, g->id, vector, error_code);
	if (trap_deliver(g, vector, has_error_code, error_code))
		return;
	guest_fail(
		g,
		"unhandled trap %u, error code 0x%x, at %04x:%08x (address 0x%08x): its IDT has no "
		"gate there",
		vector, error_code, regs->cs & 0xFFFF, regs->eip,
		vector == X86_TRAP_PF && g->data ? g->data->cr2 : 0);
}

static void page_fault(struct guest *g, gva_t address, unsigned error_code)
{
	uint64_t device;

	g->fault_address = address;
	if (unlikely(*mmio_page_of(g, address) == (address & PAGE_MASK)) &&
	    mmio_access_again(g, address, error_code))
		return;
	switch (shadow_fault(g, address, &error_code, &device)) {
	case SHADOW_FIXED:
		counters_exit(g, EXIT_SHADOW, COUNTER_SHADOW);
		trace(TRACE_FILL, g->id, address, error_code);
		break;
	case SHADOW_DENIED:
		if (g->data)
			WRITE_ONCE(g->data->cr2, address);
		else
			guest_fail(g,
				   "page fault at 0x%08x, error code 0x%x, eip 0x%08x, before "
				   "LGUEST_INIT",
				   address, error_code, g->vcpu.regs->eip);
		if (guest_is_running(g))
			trap_reflect(g, X86_TRAP_PF, error_code);
		break;
	case SHADOW_DEVICE:
		if (!mmio_access(g, device))
			guest_fail(g,
				   "0x%08x maps guest-physical 0x%llx; its memory ends at 0x%08x "
				   "and no "
				   "device is there",
				   address, device, g->mem_bytes);
		break;
	case SHADOW_STOPPED:
		break;
	}
}

/* The iret into the guest faulted: a selector that was good no longer is. */
static void iret_fault(struct guest *g)
{
	const struct entry_page *entry = &g->vcpu.entry;
	const struct regs *regs = g->vcpu.regs;

	guest_fail(g,
		   "cannot be entered at %04x:%08x with stack %04x:%08x: trap %u, error code 0x%x; "
		   "its code or stack descriptor is gone",
		   regs->cs & 0xFFFF, regs->eip, regs->ss & 0xFFFF, regs->esp, entry->fault_trapno,
		   entry->fault_errcode);
}

static void debug_trap(struct guest *g)
{
	vcpu_note_debug_trap(&g->vcpu, vcpu_take_dr6(&g->vcpu));
	trap_reflect(g, X86_TRAP_DB, 0);
}

/* The machine is broken; if in nothing but this guest's memory, the others can go on. */
static void machine_check(struct guest *g)
{
	const struct regs *regs = g->vcpu.regs;
	uint64_t address;

	if (!machine_check_can_go_on(&address) || address - g->base >= g->ram_bytes)
		machine_check_panic(regs);
	guest_fail(g, "machine check at %04x:%08x: its memory at 0x%08x is broken",
		   regs->cs & 0xFFFF, regs->eip, (uint32_t)(address - g->base));
}

static void exception(struct guest *g, unsigned trap, uint32_t error_code)
{
	const struct regs *regs = g->vcpu.regs;

	switch (trap) {
	case X86_TRAP_GP:
		if (!emulate_instruction(g, error_code))
			trap_reflect(g, trap, error_code);
		break;
	case X86_TRAP_UD:
		if (!emulate_vmcall(g))
			trap_reflect(g, trap, 0);
		break;
	case X86_TRAP_DB:
		debug_trap(g);
		break;
	case X86_TRAP_DF:
		guest_fail(
			g,
			"double fault at %04x:%08x: its ring-1 stack %04x:%08x cannot take a trap",
			regs->cs & 0xFFFF, regs->eip, g->vcpu.state.tss.ss1,
			g->vcpu.state.tss.esp1);
		break;
	case X86_TRAP_MC:
		machine_check(g);
		break;
	default:
		trap_reflect(g, trap, error_code);
	}
}

static void handle_exit(struct guest *g)
{
	const struct regs *regs = g->vcpu.regs;
	uint32_t trap = regs->trapno;

	if (trap == LGUEST_TRAP_ENTRY) {
		hypercall(g, 2);
	} else if (trap == X86_TRAP_PF) {
		page_fault(g, read_cr2(), regs->errcode);
	} else if (trap == X86_TRAP_NMI) {
		interrupt_nmi(NULL);
		interrupts_unblock_nmi();
	} else if (trap < 32) {
		exception(g, trap, regs->errcode);
	} else if (trap == EXIT_IRET_FAULT) {
		iret_fault(g);
	} else if (trap == EXIT_VM86) {
		if (g->vcpu.entry.fault_trapno >= 32)
			interrupt_arrived(g->vcpu.entry.fault_trapno);
		guest_fail(g, "entered virtual-8086 mode by an iret, which a real CPU refuses in "
			      "ring 1 and 3");
	} else {
		counters_exit(g, EXIT_INTERRUPT, COUNTER_INTERRUPT);
		interrupt_arrived(trap);
	}
}

void trap_handle_exit(struct guest *g)
{
	if (likely(!g->vcpu.debug.is_on)) {
		handle_exit(g);
		return;
	}
	if (gdb_takes_exit(g))
		return;
	handle_exit(g);
	gdb_guest_left(g);
}
