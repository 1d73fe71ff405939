/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest left, and what becomes of it: emulated, fixed, or reflected. */
#ifndef GATEHOUSE_CORE_TRAPS_H
#define GATEHOUSE_CORE_TRAPS_H

#include "core/cpu.h"
#include "core/guest.h"

/* Handles the exit in g->vcpu.regs->trapno. The guest is loaded, interrupts off. */
void trap_handle_exit(struct guest *g);

/*
 * The one frame builder: enters the guest's handler for vector as the CPU
 * would, on its ring-1 stack. Exceptions and interrupts alike. Returns false,
 * nothing changed, when the guest has no usable gate there; a stack that
 * cannot be written stops the guest.
 */
bool trap_deliver(struct guest *g, unsigned vector, bool has_error_code, uint32_t error_code);

/*
 * A non-maskable interrupt, by the gate its IDT wished for vector 2. NULL when it
 * is in the handler, or why that cannot be, in words that go on from the guest's name.
 */
const char *trap_deliver_nmi(struct guest *g);

/* Passes an exception on; without a handler the guest is stopped, saying where it was. */
void trap_reflect(struct guest *g, unsigned vector, uint32_t error_code);

/* The exit under way is of that kind. */
static inline void counters_exit(struct guest *g, enum guest_exit_kind kind, unsigned slot)
{
	g->exits[kind]++;
	g->cpu->counters.exit = &g->counters.exits[slot];
}

#endif
