/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace: what this CPU did last, as a ring of binary events. Off, an event
 * costs one branch; on, less than 60 instructions. What is recorded is chosen
 * by a mask of kinds. tools/gatehouse-trace knows the same numbers.
 */
#ifndef GATEHOUSE_CORE_TRACE_H
#define GATEHOUSE_CORE_TRACE_H

#include "core/types.h"
#include "core/util.h"

enum trace_kind {                 /*                     a                b */
		  TRACE_ENTER,    /* guest entered       eip              ring */
		  TRACE_LEAVE,    /* guest left          trap number      eip */
		  TRACE_CALL,     /* hypercall begins    number           ebx */
		  TRACE_CALL_END, /* and is done         number           eax */
		  TRACE_FILL,     /* shadow filled       address          error code */
		  TRACE_REFLECT,  /* trap passed on      vector           error code */
		  TRACE_EMULATE,  /* instruction         eip              device memory, or 0 */
		  TRACE_INJECT,   /* virtual interrupt   number           0 */
		  TRACE_RAISE,    /* made pending        number           0 */
		  TRACE_IRQ,      /* real interrupt      vector           0 */
		  TRACE_TIMER,    /* timer set           ns from now      which (its address) */
		  TRACE_FIRED,    /* timer fired         ns late          which */
		  TRACE_DEVICE,   /* driver to device    slot             queue or BAR address */
		  TRACE_WORK,     /* device work begins  0                0 */
		  TRACE_WORK_END, /* and is done         1: some is left  0 */
		  TRACE_SWITCH,   /* scheduler picked    guest before     0 */
		  TRACE_STATE,    /* enum guest_state    new              old */
		  TRACE_IDLE,     /* CPU sleeps          0                0 */
		  TRACE_IDLE_END, /* and woke            0                0 */
		  TRACE_KINDS,
};

#define TRACE_ALL    ((1u << TRACE_KINDS) - 1)
#define TRACE_NOBODY 0xFFu   /* for a guest's number */
#define TRACE_EVENTS 0x4000u /* in the ring: 256 KiB; a power of two */

struct trace_event {
	uint32_t tsc;      /* bits 0-31 */
	uint16_t tsc_high; /* bits 32-47: enough for a day at any clock */
	uint8_t kind;
	uint8_t guest; /* its number from 0, or TRACE_NOBODY */
	uint32_t a, b;
};

_Static_assert(sizeof(struct trace_event) == 16, "the form of a dump");

struct trace_ring {
	struct trace_event *events; /* TRACE_EVENTS; NULL: never switched on */
	uint64_t total;             /* recorded since it was cleared; the last ones are there */
};

/* Of the one CPU that runs. */
extern struct trace_ring trace_ring;

/* Bit n: kind n is recorded. 0 while there is no ring. */
extern uint32_t trace_mask;

/* For trace(); any context, interrupts off. */
void trace_record(uint32_t kind_and_guest, uint32_t a, uint32_t b);

static inline bool trace_wants(enum trace_kind kind)
{
	return unlikely(trace_mask & 1u << kind);
}

/* One event of that guest, or of TRACE_NOBODY. */
static inline void trace(enum trace_kind kind, unsigned guest, uint32_t a, uint32_t b)
{
	if (trace_wants(kind))
		trace_record(kind | guest << 8, a, b);
}

/* How many events the ring holds; the oldest is number 0. */
uint32_t trace_count(void);
const struct trace_event *trace_event(uint32_t n);

/* Forgets all events. */
void trace_clear(void);

#endif
