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

enum trace_kind {
	TRACE_ENTER,    /* guest entered; a eip, b ring */
	TRACE_LEAVE,    /* guest left; a trap number | ring << 16, b eip */
	TRACE_CALL,     /* hypercall begins; a number, b ebx */
	TRACE_CALL_END, /* and is done; a number, b eax */
	TRACE_FILL,     /* shadow page filled; a address, b error code */
	TRACE_REFLECT,  /* trap passed on; a vector, b error code */
	TRACE_EMULATE,  /* instruction emulated; a eip, b device memory or 0 */
	TRACE_INJECT,   /* virtual interrupt delivered; a number */
	TRACE_RAISE,    /* and made pending; a number */
	TRACE_IRQ,      /* real interrupt arrived; a vector */
	TRACE_TIMER,    /* timer set; a ns from now, b which (its address) */
	TRACE_FIRED,    /* timer fired; a ns late, b which */
	TRACE_DEVICE,   /* driver notified its device; a slot, b ring or BAR offset */
	TRACE_WORK,     /* device work begins */
	TRACE_WORK_END, /* and is done; a 1 if some is left */
	TRACE_SWITCH,   /* scheduler picked this guest; a the one before */
	TRACE_STATE,    /* enum guest_state; a new, b old */
	TRACE_IDLE,     /* CPU sleeps */
	TRACE_IDLE_END, /* and woke */
	TRACE_HEALTH,   /* a enum guest_health_event, b how many so far */
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
