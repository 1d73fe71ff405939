/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest's virtual processor: registers, descriptor tables, loading and running. */
#include "arch/x86/vcpu.h"

#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "arch/x86/switcher.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/panic.h"
#include "gatehouse/lguest.h"

/* What a guest may have in EFLAGS (I4): all but IOPL, VM, VIF, VIP; IF is always set. */
#define EFLAGS_GUEST (0xDD5u | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_ID)

bool vcpu_entry_is_host(unsigned index)
{
	return index == GDT_ENTRY_HOST_CODE || index == GDT_ENTRY_HOST_DATA ||
	       index == GDT_ENTRY_TSS || index == GDT_ENTRY_DF_TSS;
}

static void refresh_gate(struct vcpu *v, unsigned vector)
{
	uint64_t gate = gate_for_cpu(vector, v->idt[vector], vector_stubs[vector], &v->rules);

	if (vector < 32)
		v->gates[vector] = gate;
	else if (vector == v->rules.syscall_vector)
		v->syscall_gate = gate;
	else
		return; /* always a stub with DPL 0, in every guest */
	if (v->slot)
		v->slot->state->idt[vector] = gate;
}

static bool is_fast(unsigned vector)
{
	return vector >= 32 || (uint32_t)FAST_TRAPS >> vector & 1;
}

static void refresh_handler(struct vcpu *v, unsigned vector, uint64_t wish)
{
	if (vector >= ARRAY_SIZE(v->fast.handlers) || !is_fast(vector))
		return;
	v->fast.handlers[vector] = gate_is_usable(wish) ? GATE_OFFSET_OF(wish) : 0;
	v->fast.kinds[vector] = GATE_TYPE_OF(wish) == GATE_INTERRUPT ? FAST_INTERRUPT : 0;
	if (vector < 32 && (uint32_t)X86_TRAP_HAS_ERROR_CODE >> vector & 1)
		v->fast.kinds[vector] |= FAST_ERROR_CODE;
}

/* The fast tier adds no base and looks at no bound but these. */
static void refresh_stack(struct vcpu *v)
{
	bool is_flat = vcpu_segment_base(v, v->ss1) == 0;

	v->fast.ss1 = is_flat ? v->ss1 : FAST_NO_STACK;
	v->fast.esp1 = is_flat && v->esp1 >= FAST_STACK_MIN && v->esp1 <= WINDOW_BASE ? v->esp1 : 0;
}

static void refresh_data(struct vcpu *v)
{
	v->fast.data = v->no_fast || v->debug.is_on ? 0 : v->data;
}

void vcpu_set_data(struct vcpu *v, uint32_t address)
{
	v->data = address;
	refresh_data(v);
}

void vcpu_allow_fast(struct vcpu *v, bool allow)
{
	v->no_fast = !allow;
	refresh_data(v);
}

void vcpu_set_gate(struct vcpu *v, unsigned vector, uint64_t wish)
{
	v->idt[vector] = wish;
	refresh_gate(v, vector);
	refresh_handler(v, vector, wish);
}

static uint64_t stub_gate(unsigned vector)
{
	struct gate_rules none = {0};

	return gate_for_cpu(vector, 0, vector_stubs[vector], &none);
}

uint64_t vcpu_gate(const struct vcpu *v, unsigned vector)
{
	if (vector < 32)
		return v->gates[vector];
	return vector == v->rules.syscall_vector ? v->syscall_gate : stub_gate(vector);
}

void vcpu_set_rules(struct vcpu *v, const struct gate_rules *rules)
{
	unsigned old = v->rules.syscall_vector;

	if (v->slot && old)
		v->slot->state->idt[old] = stub_gate(old);
	v->rules = *rules;
	for (unsigned i = 0; i < 32; i++)
		refresh_gate(v, i);
	if (rules->syscall_vector)
		refresh_gate(v, rules->syscall_vector);
}

void vcpu_set_descriptor(struct vcpu *v, unsigned index, uint64_t wish)
{
	v->gdt_wishes[index] = wish;
	if (vcpu_entry_is_host(index))
		return;
	v->gdt[index] = descriptor_for_guest(wish);
	if (v->slot)
		v->slot->state->gdt[index] = v->gdt[index];
	if (index == v->ss1 >> 3)
		refresh_stack(v);
}

void vcpu_set_stack(struct vcpu *v, uint16_t ss, uint32_t esp)
{
	v->ss1 = ss;
	v->esp1 = esp;
	if (v->slot) {
		v->slot->state->tss.ss1 = ss;
		v->slot->state->tss.esp1 = esp;
	}
	refresh_stack(v);
}

/* The CPU's way in is there only while a guest runs that asked for it. */
static void load_sysenter(const struct vcpu_slot *slot, uint32_t eip)
{
	struct state_page *state = slot->state;

	if (!state->sysenter_eip != !eip)
		cpu_set_sysenter((uint32_t)(uintptr_t)sysenter_entry, state->tss.esp0,
				 eip ? SEL_HOST_CODE : 0);
	state->sysenter_eip = eip;
}

int vcpu_set_sysenter(struct vcpu *v, uint32_t eip)
{
	if (!cpu_has_sysenter())
		return -ENODEV;
	v->sysenter_eip = eip;
	if (v->slot)
		load_sysenter(v->slot, eip);
	return 0;
}

void vcpu_set_ts(struct vcpu *v, bool on)
{
	v->ts = on;
	if (v->slot)
		fpu_set_ts(on);
}

bool vcpu_ts(const struct vcpu *v)
{
	return v->slot ? fpu_ts() : v->ts;
}

uint32_t vcpu_fast_traps(const struct vcpu *v)
{
	return v->entry.fast_traps;
}

uint32_t vcpu_fast_calls(const struct vcpu *v)
{
	return v->entry.fast_calls;
}

uint32_t vcpu_segment_base(const struct vcpu *v, uint16_t selector)
{
	unsigned index = selector >> 3;

	if (selector & 4 || index >= GDT_ENTRIES)
		return 0;
	return descriptor_base(v->gdt[index]);
}

unsigned vcpu_audit(const struct vcpu *v)
{
	const uint64_t *gdt = v->slot ? v->slot->state->gdt : v->gdt;
	uint64_t want, got;
	unsigned bad = 0;

	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		bad += !vcpu_entry_is_host(i) && gdt[i] && descriptor_changes(gdt[i]);
	for (unsigned i = 0; i < 256; i++) {
		got = v->slot ? v->slot->state->idt[i] : vcpu_gate(v, i);
		want = gate_for_cpu(i, v->idt[i], vector_stubs[i], &v->rules);
		bad += got != want || (gate_is_direct(got) && GATE_TYPE_OF(got) != GATE_TRAP);
	}
	return bad;
}

void vcpu_reset(struct vcpu *v, uint32_t eip)
{
	struct gate_rules rules = {.kernel_selector = LGUEST_CS, .is_debugged = v->debug.is_on};

	assert_host(v->slot == NULL);
	memset(v, 0, sizeof(*v));
	v->debug.is_on = rules.is_debugged;
	fpu_reset(&v->fpu);
	v->regs = &v->entry.regs;
	v->regs->eip = eip;
	v->regs->eflags = X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	v->regs->cs = LGUEST_CS;
	v->regs->ds = v->regs->es = v->regs->ss = LGUEST_DS;
	v->dr[6] = DR6_NOTHING;
	vcpu_set_descriptor(v, LGUEST_CS >> 3, descriptor_flat(true, 1));
	vcpu_set_descriptor(v, LGUEST_DS >> 3, descriptor_flat(false, 1));
	vcpu_set_rules(v, &rules);
}

static void unload(struct vcpu_slot *slot)
{
	struct vcpu *v = slot->loaded;

	if (!v)
		return;
	v->ts = fpu_ts();
	fpu_set_ts(false);
	fpu_save(&v->fpu);
	if (v->rules.syscall_vector)
		slot->state->idt[v->rules.syscall_vector] = stub_gate(v->rules.syscall_vector);
	v->slot = NULL;
	slot->loaded = NULL;
}

/* The guest's part of the real GDT: everything but the host's four entries. */
static void load_gdt(struct state_page *state, const struct vcpu *v)
{
	memcpy(&state->gdt[0], &v->gdt[0], sizeof(uint64_t) * GDT_ENTRY_HOST_CODE);
	memcpy(&state->gdt[GDT_ENTRY_HOST_DATA + 1], &v->gdt[GDT_ENTRY_HOST_DATA + 1],
	       sizeof(uint64_t) * (GDT_ENTRY_TSS - GDT_ENTRY_HOST_DATA - 1));
	memcpy(&state->gdt[GDT_ENTRY_TSS + 1], &v->gdt[GDT_ENTRY_TSS + 1],
	       sizeof(uint64_t) * (GDT_ENTRY_DF_TSS - GDT_ENTRY_TSS - 1));
}

void vcpu_load(struct vcpu_slot *slot, struct vcpu *v)
{
	struct state_page *state = slot->state;

	if (slot->loaded == v)
		return;
	unload(slot);
	if (!v)
		return;
	paging_set_entry(slot->cpu, &v->entry);
	load_gdt(state, v);
	memcpy(state->idt, v->gates, sizeof(v->gates));
	if (v->rules.syscall_vector)
		state->idt[v->rules.syscall_vector] = v->syscall_gate;
	state->tss.ss1 = v->ss1;
	state->tss.esp1 = v->esp1;
	load_sysenter(slot, v->sysenter_eip);
	fpu_load(&v->fpu);
	if (v->ts)
		fpu_set_ts(true);
	v->slot = slot;
	slot->loaded = v;
}

/* DR7 follows in the switcher, when the host's addresses are out of reach. */
static void load_debug_registers(const uint32_t *dr)
{
	__asm__ volatile("movl %0, %%dr0" : : "r"(dr[0]));
	__asm__ volatile("movl %0, %%dr1" : : "r"(dr[1]));
	__asm__ volatile("movl %0, %%dr2" : : "r"(dr[2]));
	__asm__ volatile("movl %0, %%dr3" : : "r"(dr[3]));
}

/* What the debugger wants done at this entry; returns the debug registers in force. */
static const uint32_t *debugger_enters(struct vcpu *v)
{
	struct vcpu_debug *d = &v->debug;
	struct regs *regs = v->regs;

	if (d->is_stepping) {
		d->own_tf = regs->eflags & X86_EFLAGS_TF;
		d->step_eip = regs->eip;
		d->step_va = regs->eip + vcpu_segment_base(v, (uint16_t)regs->cs);
		regs->eflags |= X86_EFLAGS_TF;
	}
	return d->dr[7] ? d->dr : v->dr;
}

void vcpu_run(struct vcpu *v)
{
	struct vcpu_slot *slot = v->slot;
	struct regs *regs = v->regs;
	const uint32_t *dr = v->dr;

	if (unlikely(v->debug.is_on))
		dr = debugger_enters(v);
	regs->eflags = (regs->eflags & EFLAGS_GUEST) | X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	assert_host(regs->cs & 3);
	slot->state->guest_cr3 = v->cr3;
	slot->state->guest_dr7 = dr[7];
	if (unlikely(dr[7]))
		load_debug_registers(dr);
	switcher_run(slot->state);
}

static bool breakpoint_reaches_window(uint32_t dr7, unsigned n, uint32_t address)
{
	bool enabled = dr7 >> (2 * n) & 3;

	return enabled && address > WINDOW_BASE - 8;
}

int vcpu_set_debug(struct vcpu *v, unsigned n, uint32_t value)
{
	uint32_t dr7 = n == 7 ? value : v->dr[7];

	if (!vcpu_has_debug(n))
		return -EINVAL;
	/* GD (bit 13) would trap our own moves; no I/O breakpoints (type 2). */
	if (n == 7 && (value & 0x0000FC00u) & ~0x400u)
		return -EINVAL;
	for (unsigned i = 0; i < 4; i++) {
		uint32_t address = n == i ? value : v->dr[i];

		if (breakpoint_reaches_window(dr7, i, address) || (dr7 >> (16 + 4 * i) & 3) == 2)
			return -EINVAL;
	}
	if (n == 7 && !(value & 0xFF))
		value = 0;
	v->dr[n] = n == 6 ? (value & 0xE00F) | DR6_NOTHING : value;
	return 0;
}

uint32_t vcpu_take_dr6(const struct vcpu *v)
{
	uint32_t dr7 = v->debug.dr[7] ? v->debug.dr[7] : v->dr[7];
	uint32_t dr6;

	__asm__ volatile("movl %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("movl %0, %%dr6" : : "r"(DR6_NOTHING));
	for (unsigned n = 0; n < 4; n++)
		if (!(dr7 >> 2 * n & 3))
			dr6 &= ~(1u << n);
	return dr6;
}

void vcpu_note_debug_trap(struct vcpu *v, uint32_t dr6)
{
	v->dr[6] |= dr6 & 0xE00F;
}

void vcpu_set_debugger(struct vcpu *v, bool is_on, bool is_stepping)
{
	struct gate_rules rules = v->rules;

	v->debug.is_on = is_on;
	v->debug.is_stepping = is_stepping;
	refresh_data(v);
	rules.is_debugged = is_on;
	rules.is_stepped = is_stepping;
	vcpu_set_rules(v, &rules);
}

int vcpu_set_breakpoint(struct vcpu *v, unsigned n, unsigned type, uint32_t address, unsigned bytes)
{
	uint32_t *dr = v->debug.dr;

	dr[7] &= ~(3u << 2 * n | 0xFu << (16 + 4 * n));
	if (!bytes)
		return 0;
	if (breakpoint_reaches_window(1, 0, address))
		return -EINVAL;
	dr[n] = address;
	dr[7] |= 1u << 2 * n | (type | (bytes - 1) << 2) << (16 + 4 * n);
	return 0;
}

static void init_state(struct state_page *state, unsigned cpu)
{
	for (unsigned i = 0; i < 256; i++)
		state->idt[i] = stub_gate(i);
	state->gdt[GDT_ENTRY_HOST_CODE] = descriptor_flat(true, 0);
	state->gdt[GDT_ENTRY_HOST_DATA] = descriptor_flat(false, 0);
	state->gdt[GDT_ENTRY_TSS] =
		descriptor_tss((uint32_t)(uintptr_t)&state->tss, sizeof(struct tss));
	state->gdt[GDT_ENTRY_DF_TSS] = descriptor_tss(host_df_tss_address(cpu), sizeof(struct tss));
	state->tss.ss0 = SEL_HOST_DATA;
	state->tss.esp0 = WINDOW_STATE(cpu);
	state->tss.iomap = sizeof(struct tss); /* beyond the limit: no port for any guest */
	state->host_cr3 = read_cr3();
	state->host_idtr = (struct desc_ptr){256 * 8 - 1, host_idt_address()};
	state->guest_idtr = (struct desc_ptr){256 * 8 - 1, (uint32_t)(uintptr_t)state->idt};
}

void vcpu_slot_init(struct vcpu_slot *slot, struct state_page *state, unsigned cpu)
{
	*slot = (struct vcpu_slot){.cpu = cpu, .state = state};
	init_state(state, cpu);
	host_tables_load(state);
}
