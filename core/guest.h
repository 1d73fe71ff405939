/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest: its memory, its one virtual CPU, its life. */
#ifndef GATEHOUSE_CORE_GUEST_H
#define GATEHOUSE_CORE_GUEST_H

#include "arch/x86/vcpu.h"
#include "core/config.h"
#include "core/console.h"
#include "core/counters.h"
#include "core/guest_health.h"
#include "core/image.h"
#include "core/devices.h"
#include "core/history.h"
#include "core/shadow.h"
#include "core/timerq.h"
#include "core/trace.h"
#include "core/types.h"
#include "core/util.h"
#include "gatehouse/lguest.h"

enum guest_state {
	GUEST_CREATED, /* known, no memory yet */
	GUEST_LOADING, /* memory is being zeroed and filled, a bit at a time */
	GUEST_RUNNING, /* or ready to */
	GUEST_HALTED,  /* sleeps until an interrupt is due */
	GUEST_STALLED, /* its console output must drain, or a device it reset come to rest */
	GUEST_DEAD,    /* broke the contract; memory kept for inspection */
	GUEST_OFF,     /* powered off, by itself or the monitor; memory given back */
};

/* Who keeps a guest from running, whatever its state. */
#define GUEST_PAUSED_BY_MONITOR 1u
#define GUEST_PAUSED_BY_GDB     2u
#define GUEST_PAUSED_BY_CORE    4u /* its core is being written */

enum guest_exit_kind {
	EXIT_HYPERCALL,
	EXIT_SHADOW,    /* page faults that only filled a shadow */
	EXIT_REFLECTED, /* traps passed on to the guest */
	EXIT_EMULATED,  /* in, out, cli, device memory */
	EXIT_INTERRUPT, /* of the machine */
	EXIT_KINDS,
};

struct guest {
	struct vcpu vcpu; /* first: page-aligned */
	unsigned id;
	const struct config_guest *config;
	struct cpu *cpu;
	enum guest_state state;
	char reason[192];   /* why it is dead */
	unsigned lives;     /* how often it was started */
	uint32_t kept[4];   /* what a test guest wants to know in its next life */
	bool has_run;       /* in this life: its image could be loaded */
	bool wants_restart; /* of one that ended: to be loaded as soon as it can be */
	bool is_settled;    /* its end has been dealt with */
	bool stays_dead;    /* whatever on-crash= says */
	bool has_devices;   /* all that its configuration names */
	uint8_t paused;     /* GUEST_PAUSED_BY_*: must not run now */

	/* Memory: RAM, then the pages of the lguest bus; then, not its own, the shadow pool. */
	hpa_t base;
	uint32_t ram_bytes;
	uint32_t mem_bytes;
	uint32_t frames;
	gpa_t initrd_start;     /* ram_bytes without one */
	uint32_t load_offset;   /* GUEST_LOADING: zeroed up to here */
	struct image_plan plan; /* and then what is left to be copied */
	struct shadow shadow;

	/* The interface. */
	struct lguest_data *data; /* NULL before LGUEST_INIT */
	gva_t kernel_address;
	gva_t noirq_start, noirq_end; /* inclusive; 0, 0 for none */
	bool call_again; /* the hypercall under way is not finished: it is made once more */
	uint32_t stack_pages;
	unsigned layout;       /* of lguest_data: 1, 2, 3 */
	bool first_tables_pae; /* layout 1: what format it turned out to want */

	/* Interrupts and time. */
	uint32_t irqs;            /* pending virtual interrupts */
	uint64_t nmi_gate;        /* its wish for vector 2, which no CPU gets */
	uint32_t irq_gates;       /* those with a usable gate: only they can be delivered */
	struct timer clock;       /* SET_CLOCKEVENT */
	struct timer hold;        /* look again at what could not be delivered */
	uint32_t blocked_wait_ns; /* and how long the next wait for an unblocking is */

	/* Scheduling. */
	uint32_t weight;   /* at first that of the configuration */
	uint64_t vruntime; /* ns of CPU time, scaled by weight */
	uint64_t run_ns;
	uint64_t exits[EXIT_KINDS];
	uint64_t hypercalls[LHCALL_SEND_INTERRUPTS + 1];
	uint64_t injected;
	struct guest_counters counters;

	/* What its report says about the past. */
	struct call_history calls;
	struct exit_record last_exits[HISTORY_SHOWN]; /* oldest first, as it died */
	unsigned last_exit_count;
	gva_t fault_address; /* of its last page fault */
	bool is_reported;    /* its death has been, in this life */

	struct guest_health health;
	struct console_port console;
	struct devices devices;
};

extern struct guest *guests[CONFIG_MAX_GUESTS];
extern unsigned guest_count;

/* Some guest ended: guests_settle() has work. */
extern bool guests_unsettled;

static inline const char *guest_name(const struct guest *g)
{
	return g->config->name;
}

static inline uint8_t *guest_memory(const struct guest *g)
{
	return (uint8_t *)(uintptr_t)g->base;
}

/*
 * The one way from guest-physical to a pointer: bytes at gpa, or NULL when
 * they are not all within the guest's memory. bytes > 0.
 */
static inline void *guest_ram(const struct guest *g, gpa_t gpa, uint32_t bytes)
{
	if (bytes > g->mem_bytes || gpa > g->mem_bytes - bytes)
		return NULL;
	return guest_memory(g) + gpa;
}

/* Creates a guest for each configuration entry; those without room are reported and left out. */
void guests_create(const struct config *cfg, struct cpu *cpu);

/*
 * Takes memory and begins to load; the rest happens in guest_load_step().
 * Returns 0, or an error with the reason logged and the state GUEST_DEAD.
 */
int guest_start(struct guest *g);

/* One bounded piece of loading (section 3: at most 100 us). */
void guest_load_step(struct guest *g);

/* The guest broke the contract: it stops, with the reason in the log. Others run on. */
void guest_fail(struct guest *g, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* SHUTDOWN: off, or a new life. */
void guest_shutdown(struct guest *g, bool restart, const char *message);

/*
 * SET_PMD, while its tables are taken for 2-level ones: a 2.6.31 or 2.6.32
 * kernel with PAE, whose first tables came from us, starts again with PAE
 * ones; any other guest broke the contract.
 */
void guest_set_pmd_without_pae(struct guest *g);

/* What on-crash= says about dead guests, and the rest of what must happen outside an exit. */
void guests_settle(void);

/* It does not run until all who paused it resume it. Its clock goes on; interrupts wait. */
void guest_pause(struct guest *g, unsigned who);
void guest_resume(struct guest *g, unsigned who);

/*
 * For test runs, once nobody is alive: takes the memory of the dead, too, and logs whether all
 * that guests had is free again. False: guests_settle() has work first.
 */
bool guests_give_back_all(void);

/* True while at least one guest can still run, or a debugger looks at a dead one. */
bool guests_any_alive(void);

const char *guest_state_name(enum guest_state state);

/* Has something to spend CPU time on: itself, its loading, or its devices while it sleeps. */
static inline bool guest_is_ready(const struct guest *g)
{
	if (unlikely(g->paused))
		return false;
	return g->state == GUEST_RUNNING || g->state == GUEST_LOADING ||
	       ((g->state == GUEST_HALTED || g->state == GUEST_STALLED) && g->devices.work_left);
}

static inline void guest_set_state(struct guest *g, enum guest_state state)
{
	trace(TRACE_STATE, g->id, state, g->state);
	g->state = state;
}

static inline bool guest_is_running(const struct guest *g)
{
	return g->state == GUEST_RUNNING;
}

#endif
