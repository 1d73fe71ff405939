/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's virtual processor: its registers, its wishes for GDT and IDT,
 * and what the real tables hold instead. One CPU at a time has it loaded.
 */
#ifndef GATEHOUSE_ARCH_X86_VCPU_H
#define GATEHOUSE_ARCH_X86_VCPU_H

#include "arch/x86/descriptor.h"
#include "arch/x86/fast.h"
#include "arch/x86/fpu.h"
#include "arch/x86/regs.h"
#include "arch/x86/switcher.h"
#include "core/panic.h"

/* Where one CPU's guests run. */
struct vcpu_slot {
	unsigned cpu;
	struct state_page *state;     /* in the window: that of whoever is loaded */
	struct entry_page *own_entry; /* the CPU's own two pages, there while nobody is */
	struct state_page *own_state; /* as a fresh guest's */
	bool has_sysenter;            /* the CPU's way in is open */
	struct vcpu *loaded;          /* NULL for nobody */
};

/* The hold of a debugger outside of the guest; what the guest sees of its own is kept apart. */
struct vcpu_debug {
	bool is_on;
	bool is_stepping; /* one instruction with TF, then the debugger is told */
	bool own_tf;      /* while stepping: what the guest has in TF itself */
	uint32_t step_eip, step_va;
	uint32_t dr[8]; /* 0-3 and 7: in force instead of the guest's if dr[7] is not 0 */
};

struct vcpu {
	struct fast_page fast;   /* first, and page-aligned: the guest sees these three pages */
	struct entry_page entry; /* where its CPU's entry stack is while it is loaded */
	struct state_page state; /* GDT, IDT, TSS: the CPU's while it is loaded */
	struct fpu_state fpu;
	struct regs *regs;                /* entry.regs */
	struct vcpu_slot *slot;           /* NULL while not loaded */
	uint64_t gdt_wishes[GDT_ENTRIES]; /* what the guest asked for: only to be looked at */
	uint64_t idt[256];                /* the guest's wishes */
	struct gate_rules rules;
	bool ts;        /* the guest's CR0.TS while it is not loaded */
	uint32_t dr[8]; /* 0-3, 6, 7; dr[7] is 0 without breakpoints */
	uint32_t data;  /* what fast.data is unless the fast tier is off */
	bool no_fast;   /* it is, by vcpu_allow_fast() */
	struct vcpu_debug debug;
};

/*
 * Fills in GDT, IDT, TSS of the CPU's own two pages, which are in the window, and loads them;
 * called once per CPU.
 */
void vcpu_slot_init(struct vcpu_slot *slot, unsigned cpu, struct entry_page *entry,
		    struct state_page *state);

/*
 * Boot state (guest-interface.md section 6): linear mode, all registers 0, at
 * eip, to run in that slot. Not loaded. A debugger stays, its breakpoint registers do not.
 */
void vcpu_reset(struct vcpu *v, const struct vcpu_slot *slot, uint32_t eip);

/* Makes v the slot's; saves what was loaded there. v may be NULL: only save. */
void vcpu_load(struct vcpu_slot *slot, struct vcpu *v);

/* Before an entry with breakpoints or a debugger: loads the registers in force, sets TF. */
void vcpu_enter_debugged(struct vcpu *v);

/* What a guest may have in EFLAGS (I4): all but IOPL, VM, VIF, VIP; IF is always set. */
#define EFLAGS_GUEST (0xDD5u | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_ID)

/* Runs the guest loaded in that slot until it leaves; the reason is in v->regs->trapno. */
static inline void vcpu_run(struct vcpu *v, const struct vcpu_slot *slot)
{
	struct regs *regs = &v->entry.regs;

	if (unlikely(v->state.guest_dr7 || v->debug.is_on))
		vcpu_enter_debugged(v);
	regs->eflags = (regs->eflags & EFLAGS_GUEST) | X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	assert_host(regs->cs & 3);
	switcher_run(slot->state);
}

/* Changes the rules or one wish; the real tables follow at once. */
void vcpu_set_gate(struct vcpu *v, unsigned vector, uint64_t wish);
void vcpu_set_rules(struct vcpu *v, const struct gate_rules *rules);

/* index must be below GDT_ENTRIES; the host's entries are left alone. */
bool vcpu_entry_is_host(unsigned index);
void vcpu_set_descriptor(struct vcpu *v, unsigned index, uint64_t wish);

/* The ring-1 stack for traps from ring 3. */
void vcpu_set_stack(struct vcpu *v, uint16_t ss, uint32_t esp);

/*
 * sysenter goes to eip in ring 1, on the stack of vcpu_set_stack(); 0: it is a
 * #GP. -ENODEV if the CPU has none.
 */
int vcpu_set_sysenter(struct vcpu *v, uint32_t eip);

/* The guest's CR0.TS: the real one while it runs. */
void vcpu_set_ts(struct vcpu *v, bool on);
bool vcpu_ts(const struct vcpu *v);

/* Where lguest_data is in the window; 0: nowhere. */
void vcpu_set_data(struct vcpu *v, uint32_t address);

/* Whether the fast tier may answer for C; never while a debugger is there. Else C sees it all. */
void vcpu_allow_fast(struct vcpu *v, bool allow);

/* What the fast tier did since the start of this life: traps reflected, calls answered. */
uint32_t vcpu_fast_traps(const struct vcpu *v);
uint32_t vcpu_fast_calls(const struct vcpu *v);

/* I3: how many descriptors the CPU has for v, or will have, that no guest may have. */
unsigned vcpu_audit(const struct vcpu *v);

/* The base address of a segment, as the CPU has it; 0 for a selector of nothing. */
uint32_t vcpu_segment_base(const struct vcpu *v, uint16_t selector);

/*
 * Sets debug register n (0-3, 6, 7). -EINVAL for another n, for a breakpoint
 * that touches the switcher window, for DR7 bits that are not breakpoints.
 */
int vcpu_set_debug(struct vcpu *v, unsigned n, uint32_t value);

static inline bool vcpu_has_debug(unsigned n)
{
	return n < 4 || n == 6 || n == 7;
}

/*
 * After a #DB: the real DR6, which is cleared. Only enabled breakpoints count: a
 * CPU may show others, which may be another guest's (SDM 3B 17.2.3).
 */
uint32_t vcpu_take_dr6(const struct vcpu *v);

/* Adds what vcpu_take_dr6() said to the guest's. */
void vcpu_note_debug_trap(struct vcpu *v, uint32_t dr6);

/* A debugger comes or goes, wants one instruction or not. */
void vcpu_set_debugger(struct vcpu *v, bool is_on, bool is_stepping);

/*
 * The debugger's breakpoint register n (0-3): type 0 execute, 1 write, 3 read
 * or write; bytes 1, 2 or 4, address a multiple of it; 0 bytes: none. -EINVAL
 * if it touches the switcher window.
 */
int vcpu_set_breakpoint(struct vcpu *v, unsigned n, unsigned type, uint32_t address,
			unsigned bytes);

static inline unsigned vcpu_ring(const struct vcpu *v)
{
	return v->regs->cs & 3;
}

/* The switcher's stub of each vector. */
extern const uint32_t vector_stubs[256];

#endif
