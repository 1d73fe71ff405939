/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace: the ring of events itself. */
#include "core/trace.h"

#include "arch/x86/cpu.h"

struct trace_ring trace_ring;
uint32_t trace_mask;

void trace_record(uint32_t kind_and_guest, uint32_t a, uint32_t b)
{
	struct trace_event *e = &trace_ring.events[trace_ring.total++ % TRACE_EVENTS];
	uint64_t now = rdtsc();

	e->tsc = (uint32_t)now;
	e->tsc_high = (uint16_t)(now >> 32);
	e->kind = (uint8_t)kind_and_guest;
	e->guest = (uint8_t)(kind_and_guest >> 8);
	e->a = a;
	e->b = b;
}

uint32_t trace_count(void)
{
	return (uint32_t)MIN(trace_ring.total, TRACE_EVENTS);
}

const struct trace_event *trace_event(uint32_t n)
{
	return &trace_ring.events[((uint32_t)trace_ring.total - trace_count() + n) % TRACE_EVENTS];
}

void trace_clear(void)
{
	trace_ring.total = 0;
}
