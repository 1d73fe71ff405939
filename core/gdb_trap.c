/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exits of a guest with a debugger: whose trap it is, and single steps. */
#include "core/gdb.h"

#include "core/gdb_session.h"
#include "core/gdb_target.h"
#include "core/guest_mem.h"
#include "core/traps.h"

#define DR6_BREAKPOINTS 0x000F
#define DR6_STEP        0x4000

#define MAX_PREFIXES 14

/* Of #GP, when a gate does not permit int3 to where the guest was (SDM 3A 6.13). */
#define INT3_REFUSED (X86_TRAP_BP * 8u | 2)

enum flags_insn { FLAGS_OTHER, FLAGS_PUSHED, FLAGS_LOADED };

static bool is_prefix(uint8_t byte)
{
	return (byte & 0xE7) == 0x26 || (byte >= 0x64 && byte <= 0x67) || byte == 0xF0 ||
	       (byte | 1) == 0xF3;
}

/* What the stepped instruction did with TF: pushf and popf, iret. */
static enum flags_insn what_was_stepped(const struct guest *g)
{
	gva_t va = g->vcpu.debug.step_va;
	const uint8_t *at = guest_look(g, va, 1);

	for (int i = 0; at && is_prefix(*at) && i < MAX_PREFIXES; i++)
		at = guest_look(g, ++va, 1);
	if (at && *at == 0x9C)
		return FLAGS_PUSHED;
	return at && (*at == 0x9D || *at == 0xCF) ? FLAGS_LOADED : FLAGS_OTHER;
}

static void hide_pushed_tf(struct guest *g)
{
	const struct regs *regs = g->vcpu.regs;
	gva_t va = regs->esp + vcpu_segment_base(&g->vcpu, (uint16_t)regs->ss) + 1;
	uint8_t high;

	if (guest_read_virtual(g, va, &high, 1))
		return;
	high &= (uint8_t) ~(X86_EFLAGS_TF >> 8);
	guest_write_virtual(g, va, &high, 1);
}

/* Our TF is taken back: nothing of it may be seen in a frame, or run on. */
static void take_back_tf(struct guest *g, bool is_completed)
{
	const struct vcpu_debug *d = &g->vcpu.debug;
	enum flags_insn insn = is_completed ? what_was_stepped(g) : FLAGS_OTHER;
	uint32_t *eflags = &g->vcpu.regs->eflags;

	if (insn == FLAGS_PUSHED && !d->own_tf)
		hide_pushed_tf(g);
	if (insn != FLAGS_LOADED)
		*eflags = (*eflags & ~X86_EFLAGS_TF) | (d->own_tf ? X86_EFLAGS_TF : 0);
}

static const char *reason_of(const struct gdb_break *b)
{
	static const char *const names[GDB_BREAK_TYPES] = {
		[GDB_BREAK_SOFT] = "swbreak",  [GDB_BREAK_HARD] = "hwbreak",
		[GDB_WATCH_WRITE] = "watch",   [GDB_WATCH_READ] = "rwatch",
		[GDB_WATCH_ACCESS] = "awatch",
	};

	return names[b->type];
}

/* #DB: the debugger's, the guest's own, or both: then the guest's handler is where it stops. */
static void debug_trap(struct guest *g)
{
	struct vcpu_debug *d = &g->vcpu.debug;
	uint32_t dr6 = vcpu_take_dr6(&g->vcpu);
	unsigned hits = d->dr[7] ? dr6 & DR6_BREAKPOINTS : 0;
	const struct gdb_break *b = hits ? gdb_hard_break(g, hits) : NULL;
	bool is_step = d->is_stepping && dr6 & DR6_STEP;

	if (d->is_stepping)
		take_back_tf(g, is_step);
	if (is_step && !d->own_tf)
		dr6 &= ~(uint32_t)DR6_STEP;
	if (d->dr[7])
		dr6 &= ~(uint32_t)DR6_BREAKPOINTS;
	if (!(is_step || hits) || dr6 & (DR6_STEP | DR6_BREAKPOINTS)) {
		vcpu_note_debug_trap(&g->vcpu, dr6);
		trap_reflect(g, X86_TRAP_DB, 0);
	}
	if (is_step || hits)
		gdb_stop(g, GDB_SIGTRAP, b ? reason_of(b) : NULL, b ? b->va : 0);
}

/* An int3 of ours, at va. */
static bool is_breakpoint(struct guest *g, unsigned length)
{
	struct regs *regs = g->vcpu.regs;
	gva_t va = regs->eip - length + vcpu_segment_base(&g->vcpu, (uint16_t)regs->cs);

	if (!gdb_soft_break_at(g, va))
		return false;
	regs->eip -= length;
	gdb_stop(g, GDB_SIGTRAP, "swbreak", 0);
	return true;
}

bool gdb_takes_exit(struct guest *g)
{
	const struct regs *regs = g->vcpu.regs;

	if (regs->trapno == X86_TRAP_DB) {
		debug_trap(g);
		return true;
	}
	if (g->vcpu.debug.is_stepping)
		take_back_tf(g, false);
	if (regs->trapno == X86_TRAP_BP)
		return is_breakpoint(g, 1);
	return regs->trapno == X86_TRAP_GP && regs->errcode == INT3_REFUSED && is_breakpoint(g, 0);
}

/* A hypercall, an emulated instruction, or a trap that was passed on: that was the step. */
void gdb_guest_left(struct guest *g)
{
	const struct vcpu_debug *d = &g->vcpu.debug;

	if (d->is_stepping && g->vcpu.regs->eip != d->step_eip)
		gdb_stop(g, GDB_SIGTRAP, NULL, 0);
}
