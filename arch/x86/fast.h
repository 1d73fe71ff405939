/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fast tier (fast.S) goes by. It runs in ring 0 with a guest's own
 * tables: so it decides by this page, which the guest can read but not write,
 * and by the guest's memory, seen through aliases in the window. What it finds
 * no answer to it leaves as it is, to C. Wrong answers it can get from memory
 * harm that guest only.
 */
#ifndef GATEHOUSE_ARCH_X86_FAST_H
#define GATEHOUSE_ARCH_X86_FAST_H

#include "arch/x86/cpu_bits.h"
#include "core/types.h"
#include "core/util.h"

enum fast_walk {
	FAST_WALK_NONE, /* linear mode */
	FAST_WALK_2LEVEL,
	FAST_WALK_PAE,
};

/* One a guest, in its struct vcpu; at WINDOW_FAST_PAGE while it runs. */
struct fast_page {
	uint32_t data;        /* where lguest_data is in the window; 0: leave all to C */
	uint32_t esp1;        /* ring-1 stack for traps from elsewhere; 0: leave to C */
	uint32_t ss1;         /* its selector; FAST_NO_STACK if its base is not 0 */
	uint32_t walk;        /* enum fast_walk: what the aliases of directories are */
	uint32_t async_next;  /* cursor into the async ring */
	uint32_t irqs;        /* pending virtual interrupts with a usable gate */
	uint32_t noirq_start; /* no interrupt is delivered from there ... */
	uint32_t noirq_bytes; /* ... on, for so many bytes */
	uint32_t time_tsc, time_sec, time_nsec; /* the wall clock then, and the TSC's low half */
	uint32_t ns_per_tick;                   /* << FAST_TIME_SHIFT, of the TSC */
	uint32_t handlers[64];                  /* of a vector; 0: leave to C */
	uint8_t kinds[64];                      /* of a vector: FAST_INTERRUPT, FAST_ERROR_CODE */
	/* Whose alias is in a slot: page number of a page table, modulo FAST_TABLES its slot. */
	uint32_t tables[FAST_TABLES];
} ALIGNED(PAGE_SIZE);

#define FAST_NO_STACK 0xFFFFFFFFu

_Static_assert(sizeof(struct fast_page) == PAGE_SIZE, "a page of its own");

#endif
