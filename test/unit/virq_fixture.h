/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest with interrupts for tests of core/virq.c, and what it calls. */
#ifndef GATEHOUSE_TEST_UNIT_VIRQ_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VIRQ_FIXTURE_H

#include "core/virq.h"

#include <string.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/sched.h"
#include "core/traps.h"
#include "test/unit/unit.h"

#define NOIRQ_START 0xC1000100u
#define NOIRQ_END   0xC1000200u
#define HANDLER     0xC1234000u
#define PENDING     0x200u
#define NOW_NS      (7 * NSEC_PER_SEC)

enum gate { GATE_NONE, GATE_OF_TRAP, GATE_OF_INTERRUPT };

static struct guest g;
static struct cpu cpu;
static struct config_guest config = {.name = "unit"};
static struct lguest_data data;
static struct regs regs;
static enum gate gates[LGUEST_IRQS];
static unsigned delivered[2 * LGUEST_IRQS], deliveries, woken, stopped, fails;
static bool stack_is_bad, comes_again;

uint64_t clock_now_ns(void)
{
	return NOW_NS;
}

uint64_t clock_wall_ns(void)
{
	return 1234567890ull * NSEC_PER_SEC + 987654321;
}

void clock_add_timer(struct cpu *c, struct timer *t, uint64_t deadline_ns)
{
	timerq_add(&c->timers, t, deadline_ns);
}

void clock_remove_timer(struct timer *t)
{
	timerq_remove(t);
}

void sched_woken(struct guest *who)
{
	assert_ptr_equal(who, &g);
	woken++;
}

void sched_stopped(struct guest *who)
{
	assert_ptr_equal(who, &g);
	stopped++;
}

void guest_fail(struct guest *who, const char *fmt, ...)
{
	who->state = GUEST_DEAD;
	fails++;
}

bool trap_deliver(struct guest *who, unsigned vector, bool has_error_code, uint32_t error_code)
{
	unsigned n = vector - LGUEST_FIRST_VECTOR;

	assert_ptr_equal(who, &g);
	assert_in_range(vector, LGUEST_FIRST_VECTOR, LGUEST_FIRST_VECTOR + LGUEST_IRQS - 1);
	assert_false(has_error_code);
	if (gates[n] == GATE_NONE)
		return false;
	assert_true(deliveries < 2 * LGUEST_IRQS);
	delivered[deliveries++] = n;
	g.irqs |= (uint32_t)comes_again << (n + 1) % LGUEST_IRQS;
	if (stack_is_bad) {
		guest_fail(who, "stack");
		return true;
	}
	if (gates[n] == GATE_OF_INTERRUPT)
		data.irq_enabled = 0;
	regs.cs = LGUEST_CS;
	regs.eip = HANDLER + n;
	return true;
}

static inline void set_gate(unsigned n, enum gate gate)
{
	gates[n] = gate;
	virq_gate_changed(&g, LGUEST_FIRST_VECTOR + n, gate != GATE_NONE);
}

static inline void start(enum gate gate)
{
	memset(&g, 0, sizeof(g));
	memset(&cpu, 0, sizeof(cpu));
	memset(&data, 0, sizeof(data));
	timerq_init(&cpu.timers);
	for (unsigned n = 0; n < LGUEST_IRQS; n++)
		set_gate(n, gate);
	g.config = &config;
	g.cpu = &cpu;
	g.data = &data;
	g.state = GUEST_RUNNING;
	g.noirq_start = NOIRQ_START;
	g.noirq_end = NOIRQ_END;
	g.vcpu.regs = &regs;
	regs = (struct regs){.cs = LGUEST_CS, .eip = 0xC0100000};
	data.irq_enabled = PENDING;
	deliveries = woken = stopped = fails = 0;
	stack_is_bad = comes_again = false;
}

#endif
