/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything a CPU touches while running. */
#ifndef GATEHOUSE_CORE_CPU_H
#define GATEHOUSE_CORE_CPU_H

#include "arch/x86/vcpu.h"
#include "core/config.h"
#include "core/counters.h"
#include "core/history.h"
#include "core/timerq.h"

struct guest;

struct cpu {
	unsigned id;
	struct vcpu_slot slot;
	struct timer_queue timers;
	uint64_t armed_ns;     /* what the hardware timer is set for */
	uint64_t armed_tsc;    /* the same as a reading of the TSC, or later */
	struct guest *current; /* who ran last, and goes on unless must_pick */
	uint8_t quick_left;    /* exits until due work is looked for whatever happens */
	bool must_pick;        /* somebody woke, stopped, or the slice is over: cpu_must_pick() */
	struct timer slice;
	uint64_t slice_started_ns;
	uint64_t idle_ns;
	uint64_t min_vruntime;
	uint32_t maybe_ready[CONFIG_MAX_GUESTS / 32]; /* a bit for each guest to look at */
	struct cpu_counters counters;
	struct exit_history history;
};

/* The loop looks for due work after this exit, before a guest is entered again. */
static inline void cpu_look_around(struct cpu *cpu)
{
	cpu->quick_left = 1;
}

/* And it chooses anew who runs. */
static inline void cpu_must_pick(struct cpu *cpu)
{
	cpu->must_pick = true;
	cpu_look_around(cpu);
}

/* The boot processor's. Other processors come later. */
extern struct cpu boot_cpu;

#endif
