/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of one-shot timers, sorted by deadline. Pure: who owns a clock drives it. */
#ifndef GATEHOUSE_CORE_TIMERQ_H
#define GATEHOUSE_CORE_TIMERQ_H

#include "core/types.h"

#define TIMER_NEVER UINT64_MAX

struct timer {
	struct timer *next, *prev; /* NULL while not queued */
	uint64_t deadline_ns;
	/* Runs once, no longer queued; may queue it again. */
	void (*expired)(struct timer *timer, uint64_t now_ns);
};

struct timer_queue {
	struct timer head; /* of a ring; head.deadline_ns is TIMER_NEVER */
};

void timerq_init(struct timer_queue *q);

static inline bool timer_is_queued(const struct timer *t)
{
	return t->next != NULL;
}

/* Queues t, moving it if it is queued already; equal deadlines expire in order of queueing. */
void timerq_add(struct timer_queue *q, struct timer *t, uint64_t deadline_ns);
void timerq_remove(struct timer *t);

/* The earliest deadline, TIMER_NEVER when empty. */
static inline uint64_t timerq_next(const struct timer_queue *q)
{
	return q->head.next->deadline_ns;
}

/* Takes the first timer due at now_ns off the queue; NULL when none is. */
struct timer *timerq_pop_due(struct timer_queue *q, uint64_t now_ns);

#endif
