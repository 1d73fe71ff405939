/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs next on a CPU: the guest with the least weighted running time. */
#include "core/sched.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/guest.h"

#define SLICE_NS (5 * NSEC_PER_MSEC)

/* How far behind the others a sleeper may stay: what it gains on waking. */
#define SLEEPER_NS (2 * NSEC_PER_MSEC)

/* What a wake-up costs whoever runs: out of it, to the other and back. The sleeper pays. */
#define WAKE_NS 5000u

/* The timer is set once for many slices: it may have been set for one that ended early. */
static void slice_over(struct timer *t, uint64_t now_ns)
{
	struct cpu *cpu = container_of(t, struct cpu, slice);
	uint64_t end_ns = cpu->slice_started_ns + SLICE_NS;

	if (now_ns < end_ns)
		clock_add_timer(cpu, t, end_ns);
	else
		cpu_must_pick(cpu);
}

void sched_init(struct cpu *cpu)
{
	cpu->slice.expired = slice_over;
	cpu->must_pick = true;
	cpu->slice_started_ns = clock_now_ns();
	cpu->counters.exit = &cpu->counters.none;
}

/* What ran since the last pick is charged: to the guest, or as idle. */
static void charge(struct cpu *cpu)
{
	uint64_t now = clock_now_ns();
	uint64_t ran = now - cpu->slice_started_ns;
	struct guest *g = cpu->current;

	cpu->slice_started_ns = now;
	if (!g) {
		cpu->idle_ns += ran;
		return;
	}
	g->run_ns += ran;
	g->vruntime += div64_u32(ran * CONFIG_WEIGHT_DEFAULT, g->weight, NULL);
}

void sched_consider(struct guest *g)
{
	g->cpu->maybe_ready[g->id / 32] |= 1u << g->id % 32;
}

/*
 * The ready guest with the least vruntime, apart from one; *others says whether there is a
 * second. Who is not ready is considered no more.
 */
static struct guest *least_run(struct cpu *cpu, const struct guest *but, bool *others)
{
	struct guest *best = NULL;

	*others = false;
	for (unsigned word = 0; word < ARRAY_SIZE(cpu->maybe_ready); word++)
		for (uint32_t left = cpu->maybe_ready[word]; left; left &= left - 1) {
			struct guest *g = guests[word * 32 + (unsigned)__builtin_ctz(left)];

			if (!guest_is_ready(g)) {
				cpu->maybe_ready[word] &= ~(left & -left);
				continue;
			}
			if (g == but)
				continue;
			*others = *others || best;
			if (!best || g->vruntime < best->vruntime)
				best = g;
		}
	return best;
}

/* Follows the least vruntime of those that are ready. */
static void raise_minimum(struct cpu *cpu, const struct guest *least)
{
	if (least)
		cpu->min_vruntime = MAX(cpu->min_vruntime, least->vruntime);
}

static void switch_to(struct cpu *cpu, struct guest *next)
{
	struct guest *last = cpu->current;
	uint64_t now = cpu->slice_started_ns;

	if (next == last)
		return;
	if (last && guest_is_ready(last))
		last->counters.ready_since_ns = now;
	if (next)
		next->counters.wait_ns += now - next->counters.ready_since_ns;
	cpu->counters.switches++;
	trace(TRACE_SWITCH, next ? next->id : TRACE_NOBODY, last ? last->id : TRACE_NOBODY, 0);
	cpu->current = next;
}

struct guest *sched_pick(struct cpu *cpu)
{
	bool others;

	if (!cpu->must_pick)
		return cpu->current;
	charge(cpu);
	cpu->must_pick = false;
	switch_to(cpu, least_run(cpu, NULL, &others));
	raise_minimum(cpu, cpu->current);
	if (!others)
		clock_remove_timer(&cpu->slice);
	else if (!timer_is_queued(&cpu->slice))
		clock_add_timer(cpu, &cpu->slice, cpu->slice_started_ns + SLICE_NS);
	return cpu->current;
}

uint64_t sched_waited_ns(const struct guest *g)
{
	uint64_t waited = g->counters.wait_ns;

	if (guest_is_ready(g) && g->cpu->current != g)
		waited += clock_now_ns() - g->counters.ready_since_ns;
	return waited;
}

void sched_woken(struct guest *g)
{
	uint64_t floor;
	bool others;

	sched_consider(g);
	/* who runs alone is not charged for long: it must be, before the two are compared */
	charge(g->cpu);
	raise_minimum(g->cpu, least_run(g->cpu, g, &others));
	floor = g->cpu->min_vruntime;
	if (g->cpu->current != g)
		g->counters.ready_since_ns = g->cpu->slice_started_ns;

	floor = floor > SLEEPER_NS ? floor - SLEEPER_NS : 0;
	g->vruntime = MAX(g->vruntime, floor);
	if (g->cpu->current && g->cpu->current != g)
		g->vruntime += div64_u32(WAKE_NS * CONFIG_WEIGHT_DEFAULT, g->weight, NULL);
	cpu_must_pick(g->cpu);
}

void sched_stopped(struct guest *g)
{
	cpu_must_pick(g->cpu);
}
