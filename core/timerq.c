/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of one-shot timers, sorted by deadline. */
#include "core/timerq.h"

void timerq_init(struct timer_queue *q)
{
	q->head.next = q->head.prev = &q->head;
	q->head.deadline_ns = TIMER_NEVER;
}

void timerq_remove(struct timer *t)
{
	if (!t->next)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->next = t->prev = NULL;
}

void timerq_add(struct timer_queue *q, struct timer *t, uint64_t deadline_ns)
{
	struct timer *after;

	timerq_remove(t);
	after = q->head.prev;
	t->deadline_ns = deadline_ns;
	while (after != &q->head && after->deadline_ns > deadline_ns)
		after = after->prev;
	t->prev = after;
	t->next = after->next;
	after->next->prev = t;
	after->next = t;
}

struct timer *timerq_pop_due(struct timer_queue *q, uint64_t now_ns)
{
	struct timer *t = q->head.next;

	if (t == &q->head || t->deadline_ns > now_ns)
		return NULL;
	timerq_remove(t);
	return t;
}
