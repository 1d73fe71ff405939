/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters: what each guest left for, how often and how long it took. An
 * exit's time runs from the moment the guest left until a guest is entered
 * again or the CPU turns to something else: to sleep, to loading.
 */
#ifndef GATEHOUSE_CORE_COUNTERS_H
#define GATEHOUSE_CORE_COUNTERS_H

#include "arch/x86/cpu.h"
#include "core/types.h"
#include "gatehouse/lguest.h"

struct guest;

/* What an exit was for, finer than enum guest_exit_kind. */
enum counter_slot {
	COUNTER_CALL,                                  /* + number of the hypercall */
	COUNTER_CALL_OWN = LHCALL_SEND_INTERRUPTS + 1, /* Gatehouse's own, and unknown ones */
	COUNTER_TRAP,                                  /* + vector of a reflected trap */
	COUNTER_SHADOW = COUNTER_TRAP + 32,            /* page faults that filled a shadow */
	COUNTER_EMULATED,
	COUNTER_INTERRUPT, /* of the machine */
	COUNTER_OTHER,     /* NMI, the exit a guest died of */
	COUNTER_SLOTS,
};

/* Ticks of the TSC. */
struct counter {
	uint64_t count, ticks;
	uint32_t worst_ticks;
};

struct guest_counters {
	struct counter exits[COUNTER_SLOTS];
	uint64_t ticks; /* spent in the guest itself */
	uint32_t injected[LGUEST_IRQS];
	uint64_t wait_ns;        /* could have run, and another did */
	uint64_t ready_since_ns; /* while it waits */
	uint64_t since_ns;       /* when they were last reset */
};

/* Part of struct cpu. */
struct cpu_counters {
	struct counter *exit; /* what the exit under way is charged to */
	uint64_t since_tsc;   /* the last entry or exit */
	uint64_t since_ns;    /* when they were last reset */
	uint32_t switches;    /* of guests */
	struct counter none;
};

/* Before a guest is entered: the exit under way, if there is one, is over. */
static inline void counters_enter(struct cpu_counters *c)
{
	struct counter *exit = c->exit;
	uint64_t now = rdtsc();
	uint32_t ticks = (uint32_t)(now - c->since_tsc);

	c->since_tsc = now;
	exit->count++;
	exit->ticks += ticks;
	if (ticks > exit->worst_ticks)
		exit->worst_ticks = ticks;
}

/* It left: what for is to be said next, by counters_exit() or counters_other(). */
static inline void counters_leave(struct cpu_counters *c, struct guest_counters *g)
{
	uint64_t now = rdtsc();

	g->ticks += now - c->since_tsc;
	c->since_tsc = now;
}

/* What for is not known, or not yet. */
static inline void counters_other(struct cpu_counters *c, struct guest_counters *g)
{
	c->exit = &g->exits[COUNTER_OTHER];
}

/* The CPU turns to something else than a guest. */
static inline void counters_stop(struct cpu_counters *c)
{
	counters_enter(c);
	c->exit = &c->none;
}

/* Of one guest, or of the CPU and all guests (NULL). */
void counters_reset(struct guest *g);

/* Prints them by monitor_print(), for people or for programs; NULL as above. */
void counters_print(const struct guest *g);
void counters_print_raw(const struct guest *g);

#endif
