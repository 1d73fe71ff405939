/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual interrupts: pending, blocked, delivered. */
#include "core/virq.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/guest.h"
#include "core/sched.h"
#include "core/traps.h"

/* How soon to look again at an interrupt that was held back (guest-interface.md section 3). */
#define HOLD_NS (95 * NSEC_PER_USEC)

/*
 * A guest unblocks an interrupt by a plain store. Kernels do so within
 * microseconds (mask, handle, unmask) or, for a masked device, not for long.
 */
#define BLOCKED_MAX_NS (4 * NSEC_PER_MSEC)

struct virq_choice virq_choose(const struct virq_state *s)
{
	struct virq_choice c = {.deliver = -1};
	uint32_t due = s->pending & ~s->blocked;

	if (!due) {
		c.blocked = s->pending != 0;
		return c;
	}
	if (!s->enabled || s->in_noirq) {
		c.set_pending = c.held = true;
		return c;
	}
	c.deliver = __builtin_ctz(due);
	c.set_pending = (due & (due - 1)) != 0;
	return c;
}

static bool in_noirq(const struct guest *g)
{
	uint32_t eip = g->vcpu.regs->eip;

	return vcpu_ring(&g->vcpu) == 1 && g->noirq_end && eip >= g->noirq_start &&
	       eip <= g->noirq_end;
}

static void set_irq_pending(struct guest *g, bool pending)
{
	uint32_t value = pending ? X86_EFLAGS_IF : 0;

	if (READ_ONCE(g->data->irq_pending) != value)
		WRITE_ONCE(g->data->irq_pending, value);
}

/* The timer's only effect is the exit it causes: virq_deliver() looks again. */
static void hold_expired(struct timer *t, uint64_t now_ns)
{
	(void)t;
	(void)now_ns;
}

static void look_again(struct guest *g, const struct virq_choice *c)
{
	uint32_t wait = HOLD_NS;

	if (c->blocked) {
		wait = g->blocked_wait_ns ? MIN(g->blocked_wait_ns, BLOCKED_MAX_NS) : HOLD_NS;
		if (!timer_is_queued(&g->hold))
			g->blocked_wait_ns = wait * 2;
	}
	if (timer_is_queued(&g->hold))
		return;
	g->hold.expired = hold_expired;
	clock_add_timer(g->cpu, &g->hold, clock_now_ns() + wait);
}

/* The fast tier goes on from there when it delivers: the guest sees no time but at deliveries. */
static void note_time(struct guest *g)
{
	struct fast_page *fast = &g->vcpu.fast;

	fast->time_tsc = (uint32_t)rdtsc();
	fast->time_sec = (uint32_t)div64_u32(clock_wall_ns(), NSEC_PER_SEC, &fast->time_nsec);
}

static void refresh_time(struct guest *g)
{
	note_time(g);
	WRITE_ONCE(g->data->time_sec, g->vcpu.fast.time_sec);
	WRITE_ONCE(g->data->time_nsec, g->vcpu.fast.time_nsec);
}

/* Tells the fast tier. */
static void irqs_changed(struct guest *g)
{
	g->vcpu.fast.irqs = g->irqs & g->irq_gates;
	if (!g->vcpu.fast.irqs)
		g->blocked_wait_ns = 0;
}

void virq_took(struct guest *g)
{
	uint32_t taken = g->vcpu.entry.fast_irqs & g->vcpu.fast.irqs;

	g->vcpu.entry.fast_irqs = 0;
	g->irqs &= ~taken;
	irqs_changed(g);
	for (; taken; taken &= taken - 1) {
		g->injected++;
		g->counters.injected[__builtin_ctz(taken)]++;
	}
}

static struct virq_choice look(const struct guest *g)
{
	struct virq_state s = {
		.pending = g->irqs & g->irq_gates,
		.blocked = READ_ONCE(g->data->blocked_interrupts),
		.enabled = READ_ONCE(g->data->irq_enabled) & X86_EFLAGS_IF,
		.in_noirq = in_noirq(g),
	};

	return virq_choose(&s);
}

void virq_deliver(struct guest *g)
{
	struct virq_choice c;
	unsigned budget = LGUEST_IRQS;

	if (!g->data)
		return;
	if (likely(!(g->irqs & g->irq_gates))) {
		set_irq_pending(g, false);
		return;
	}
	c = look(g);
	/* Through a trap gate interrupts stay enabled: the next one nests at once. */
	while (c.deliver >= 0 && budget-- && guest_is_running(g)) {
		refresh_time(g);
		if (!trap_deliver(g, LGUEST_FIRST_VECTOR + (unsigned)c.deliver, false, 0))
			break; /* no handler yet: it stays pending */
		g->irqs &= ~(1u << c.deliver);
		g->injected++;
		g->counters.injected[c.deliver]++;
		trace(TRACE_INJECT, g->id, (uint32_t)c.deliver, 0);
		c = look(g);
	}
	irqs_changed(g);
	set_irq_pending(g, c.set_pending);
	if (g->vcpu.fast.irqs)
		note_time(g);
	if (!c.blocked)
		g->blocked_wait_ns = 0;
	if (c.held || c.blocked)
		look_again(g, &c);
}

void virq_gate_changed(struct guest *g, unsigned vector, bool is_usable)
{
	uint32_t bit;

	if (vector < LGUEST_FIRST_VECTOR || vector >= LGUEST_FIRST_VECTOR + LGUEST_IRQS)
		return;
	bit = 1u << (vector - LGUEST_FIRST_VECTOR);
	g->irq_gates = is_usable ? g->irq_gates | bit : g->irq_gates & ~bit;
	irqs_changed(g);
}

static bool is_due(const struct guest *g)
{
	return g->data && g->irqs & g->irq_gates & ~READ_ONCE(g->data->blocked_interrupts);
}

void virq_wake(struct guest *g)
{
	WRITE_ONCE(g->data->irq_enabled, X86_EFLAGS_IF);
	guest_set_state(g, GUEST_RUNNING);
	sched_woken(g);
}

void virq_raise(struct guest *g, unsigned n)
{
	trace(TRACE_RAISE, g->id, n, 0);
	g->irqs |= 1u << n;
	irqs_changed(g);
	if (g->state == GUEST_HALTED && is_due(g))
		virq_wake(g);
}

void virq_lower(struct guest *g, unsigned n)
{
	g->irqs &= ~(1u << n);
	irqs_changed(g);
}

void virq_halt(struct guest *g)
{
	if (!g->data) {
		guest_fail(g, "HALT before LGUEST_INIT: nothing could wake it");
		return;
	}
	if (is_due(g)) {
		WRITE_ONCE(g->data->irq_enabled, X86_EFLAGS_IF);
		return;
	}
	guest_set_state(g, GUEST_HALTED);
	sched_stopped(g);
}
