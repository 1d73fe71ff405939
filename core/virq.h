/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual interrupts: pending, blocked, delivered (guest-interface.md section 3). */
#ifndef GATEHOUSE_CORE_VIRQ_H
#define GATEHOUSE_CORE_VIRQ_H

#include "core/guest.h"

struct guest;

/* What to do about a guest's interrupts right now. Pure: the model of unit tests. */
struct virq_state {
	uint32_t pending, blocked;
	bool enabled;  /* irq_enabled */
	bool in_noirq; /* eip is where nothing may be delivered */
};

struct virq_choice {
	int deliver;      /* 0-31, or -1 */
	bool set_pending; /* irq_pending is to read 0x200, else 0 */
	bool held;        /* something is due but not delivered: look again soon */
	bool blocked;     /* something waits for its blocked bit to clear: look again, less and less
			     often */
};

struct virq_choice virq_choose(const struct virq_state *s);

/* Makes interrupt n (0-31) pending and wakes the guest if it halts. */
void virq_raise(struct guest *g, unsigned n);

/* Takes it back if it was not delivered yet: its line fell. */
void virq_lower(struct guest *g, unsigned n);

/* The guest's gate at vector is usable now, or no longer. */
void virq_gate_changed(struct guest *g, unsigned vector, bool is_usable);

/* HALT: sleeps unless an interrupt is due. */
void virq_halt(struct guest *g);

/* Ends its HALT as an interrupt would; only for one that halts. */
void virq_wake(struct guest *g);

/* The fast tier delivered some, by the entry page: after an exit. */
void virq_took(struct guest *g);

/* Before every entry: delivers what can be, keeps irq_pending exact. */
void virq_deliver(struct guest *g);

/* The same, and whether it may be entered then: a delivery can be its end. */
static inline bool virq_before_entry(struct guest *g)
{
	if (unlikely(!g->data || g->vcpu.fast.irqs)) {
		virq_deliver(g);
		return guest_is_running(g);
	}
	if (unlikely(READ_ONCE(g->data->irq_pending)))
		WRITE_ONCE(g->data->irq_pending, 0);
	return true;
}

#endif
