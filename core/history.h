/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened last: the exits of a CPU, the hypercalls of a guest. Always on, so cheap. */
#ifndef GATEHOUSE_CORE_HISTORY_H
#define GATEHOUSE_CORE_HISTORY_H

#include "arch/x86/regs.h"
#include "gatehouse/lguest.h"

/* Powers of two. */
#define HISTORY_EXITS 64u
#define HISTORY_CALLS 8u

/* Of a guest, kept when it dies; of a CPU, shown by a panic. */
#define HISTORY_SHOWN 16u

struct exit_record {
	uint16_t trap;  /* trapno of struct regs */
	uint16_t guest; /* its id */
	uint32_t eip;
};

/* A CPU's. */
struct exit_history {
	uint32_t next; /* counts on; the index is its lower bits */
	struct exit_record last[HISTORY_EXITS];
};

struct call_record {
	struct lguest_hcall_args args;
	uint32_t eip; /* behind the instruction; 0: by the async ring */
	uint32_t unused[2];
};

/* A guest's. */
struct call_history {
	uint32_t next;
	struct call_record last[HISTORY_CALLS];
};

static inline void history_add_exit(struct exit_history *h, uint32_t guest, const struct regs *regs)
{
	struct exit_record *r = &h->last[h->next++ % HISTORY_EXITS];

	r->trap = (uint16_t)regs->trapno;
	r->guest = (uint16_t)guest;
	r->eip = regs->eip;
}

/* The slot of the next hypercall, which is filled in by whoever makes it. */
static inline struct lguest_hcall_args *history_add_call(struct call_history *h, uint32_t eip)
{
	struct call_record *r = &h->last[h->next++ % HISTORY_CALLS];

	r->eip = eip;
	return &r->args;
}

#define HISTORY_ANYONE (~0u)

/*
 * Copies the newest exits of that guest, or of all, oldest first, at most
 * HISTORY_SHOWN; returns how many there are.
 */
unsigned history_exits(const struct exit_history *h, unsigned guest,
		       struct exit_record to[HISTORY_SHOWN]);

/* "hypercall", "trap 14", "interrupt 0xfc"; a short one of its own for what the switcher reports.
 */
void history_trap_name(unsigned trap, char *to, size_t size);

#endif
