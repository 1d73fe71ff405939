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

bool vcpu_entry_is_host(unsigned index)
{
	return index == GDT_ENTRY_HOST_CODE || index == GDT_ENTRY_HOST_DATA ||
	       index == GDT_ENTRY_TSS || index == GDT_ENTRY_DF_TSS;
}

static void refresh_gate(struct vcpu *v, unsigned vector)
{
	if (vector < 32 || vector == v->rules.syscall_vector) /* any other is a stub with DPL 0 */
		v->state.idt[vector] =
			gate_for_cpu(vector, v->idt[vector], vector_stubs[vector], &v->rules);
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
	uint32_t ss = v->state.tss.ss1, esp = v->state.tss.esp1;
	bool is_flat = vcpu_segment_base(v, (uint16_t)ss) == 0;

	v->fast.ss1 = is_flat ? ss : FAST_NO_STACK;
	v->fast.esp1 = is_flat && esp >= FAST_STACK_MIN && esp <= WINDOW_BASE ? esp : 0;
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

void vcpu_set_rules(struct vcpu *v, const struct gate_rules *rules)
{
	unsigned old = v->rules.syscall_vector;

	if (old)
		v->state.idt[old] = stub_gate(old);
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
	v->state.gdt[index] = descriptor_for_guest(wish);
	if (index == v->state.tss.ss1 >> 3)
		refresh_stack(v);
}

void vcpu_set_stack(struct vcpu *v, uint16_t ss, uint32_t esp)
{
	v->state.tss.ss1 = ss;
	v->state.tss.esp1 = esp;
	refresh_stack(v);
}

/* The CPU's way in is there only while a guest runs that asked for it. */
static void load_sysenter(struct vcpu_slot *slot, bool is_wanted)
{
	if (slot->has_sysenter == is_wanted)
		return;
	cpu_set_sysenter((uint32_t)(uintptr_t)sysenter_entry, WINDOW_STATE(slot->cpu),
			 is_wanted ? SEL_HOST_CODE : 0);
	slot->has_sysenter = is_wanted;
}

int vcpu_set_sysenter(struct vcpu *v, uint32_t eip)
{
	if (!cpu_has_sysenter())
		return -ENODEV;
	v->state.sysenter_eip = eip;
	if (v->slot)
		load_sysenter(v->slot, eip != 0);
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
	return descriptor_base(v->state.gdt[index]);
}

unsigned vcpu_audit(const struct vcpu *v)
{
	const uint64_t *gdt = v->state.gdt;
	uint64_t want, got;
	unsigned bad = 0;

	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		bad += !vcpu_entry_is_host(i) && gdt[i] && descriptor_changes(gdt[i]);
	for (unsigned i = 0; i < 256; i++) {
		got = v->state.idt[i];
		want = gate_for_cpu(i, v->idt[i], vector_stubs[i], &v->rules);
		bad += got != want || (gate_is_direct(got) && GATE_TYPE_OF(got) != GATE_TRAP);
	}
	return bad;
}

void vcpu_reset(struct vcpu *v, const struct vcpu_slot *slot, uint32_t eip)
{
	struct gate_rules rules = {.kernel_selector = LGUEST_CS, .is_debugged = v->debug.is_on};

	assert_host(v->slot == NULL);
	memset(v, 0, sizeof(*v));
	v->state = *slot->own_state;
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
	v->slot = NULL;
	slot->loaded = NULL;
}

void vcpu_load(struct vcpu_slot *slot, struct vcpu *v)
{
	if (slot->loaded == v)
		return;
	unload(slot);
	if (!v) {
		paging_set_pages(slot->cpu, slot->own_entry, slot->own_state);
		return;
	}
	paging_set_pages(slot->cpu, &v->entry, &v->state);
	load_sysenter(slot, v->state.sysenter_eip != 0);
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

void vcpu_enter_debugged(struct vcpu *v)
{
	struct vcpu_debug *d = &v->debug;
	const uint32_t *dr = d->is_on && d->dr[7] ? d->dr : v->dr;
	struct regs *regs = v->regs;

	if (d->is_on && d->is_stepping) {
		d->own_tf = regs->eflags & X86_EFLAGS_TF;
		d->step_eip = regs->eip;
		d->step_va = regs->eip + vcpu_segment_base(v, (uint16_t)regs->cs);
		regs->eflags |= X86_EFLAGS_TF;
	}
	v->state.guest_dr7 = dr[7];
	if (dr[7])
		load_debug_registers(dr);
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
	v->state.guest_dr7 |= v->dr[7]; /* for vcpu_run() to look */
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
	const struct state_page *seen = (const struct state_page *)WINDOW_STATE(cpu);

	for (unsigned i = 0; i < 256; i++)
		state->idt[i] = stub_gate(i);
	state->gdt[GDT_ENTRY_HOST_CODE] = descriptor_flat(true, 0);
	state->gdt[GDT_ENTRY_HOST_DATA] = descriptor_flat(false, 0);
	state->gdt[GDT_ENTRY_TSS] =
		descriptor_tss((uint32_t)(uintptr_t)&seen->tss, sizeof(struct tss));
	state->gdt[GDT_ENTRY_DF_TSS] = descriptor_tss(host_df_tss_address(cpu), sizeof(struct tss));
	state->tss.ss0 = SEL_HOST_DATA;
	state->tss.esp0 = WINDOW_STATE(cpu);
	state->tss.iomap = sizeof(struct tss); /* beyond the limit: no port for any guest */
	state->host_cr3 = read_cr3();
	state->host_idtr = (struct desc_ptr){256 * 8 - 1, host_idt_address()};
	state->guest_idtr = (struct desc_ptr){256 * 8 - 1, (uint32_t)(uintptr_t)seen->idt};
}

void vcpu_slot_init(struct vcpu_slot *slot, unsigned cpu, struct entry_page *entry,
		    struct state_page *state)
{
	*slot = (struct vcpu_slot){.cpu = cpu,
				   .state = (struct state_page *)WINDOW_STATE(cpu),
				   .own_entry = entry,
				   .own_state = state};
	init_state(state, cpu);
	host_tables_load(slot->state);
}
