/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs next on a CPU: by weight, preemptively; who waits costs nothing. */
#ifndef GATEHOUSE_CORE_SCHED_H
#define GATEHOUSE_CORE_SCHED_H

#include "core/types.h"

struct cpu;
struct guest;

void sched_init(struct cpu *cpu);

/* The guest to run now; NULL when all wait. Charges whoever ran before. */
struct guest *sched_pick(struct cpu *cpu);

/* Nanoseconds g could have run and did not, this wait included; begins at 0 with its counters. */
uint64_t sched_waited_ns(const struct guest *g);

/* g became runnable. It may go first, but has not saved up what it did not use. */
void sched_woken(struct guest *g);

/* g may have become ready without having been asleep: it is looked at by the next pick. Whoever is
 * ready must have been considered or woken since it last was not. */
void sched_consider(struct guest *g);

/* g cannot run any more: halted, dead, off. */
void sched_stopped(struct guest *g);

#endif
