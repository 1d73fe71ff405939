/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switching the trace on and off, and writing it to the console. */
#include "core/trace_dump.h"

#include "core/clock.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/dump_line.h"
#include "core/errno.h"
#include "core/fast.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/trace.h"

#define EVENTS_A_LINE 9u /* 192 characters */

bool trace_is_dumping;
static struct {
	uint32_t kinds; /* to be recorded again afterwards */
	bool has_begun;
	unsigned guest; /* the next to be named */
	uint32_t event; /* and the next to be written */
	uint32_t lines;
} dump;
static bool dump_at_end;

int trace_switch(uint32_t kinds)
{
	if (kinds && !trace_ring.events) {
		hpa_t at = frames_alloc(&host_frames,
					TRACE_EVENTS * sizeof(struct trace_event) / PAGE_SIZE, 1,
					FRAME_HOST);

		if (!at)
			return -ENOMEM;
		trace_ring.events = (struct trace_event *)(uintptr_t)at;
	}
	if (trace_is_dumping)
		dump.kinds = kinds;
	else
		trace_mask = kinds;
	for (unsigned i = 0; i < guest_count; i++)
		fast_allow(guests[i]); /* what is traced goes through C */
	return 0;
}

uint32_t trace_kinds(void)
{
	return trace_is_dumping ? dump.kinds : trace_mask;
}

static void say_data(void)
{
	struct trace_event events[EVENTS_A_LINE];
	char text[sizeof(events) / 3 * 4 + 1];
	uint32_t n = MIN(trace_count() - dump.event, EVENTS_A_LINE);

	/* the rest of the last line: of kinds that do not exist */
	memset(events, 0xFF, sizeof(events));
	for (uint32_t i = 0; i < n; i++)
		events[i] = *trace_event(dump.event + i);
	dump_base64(text, events, sizeof(events));
	dump_line("trace: data %u %s", dump.event, text);
	dump.event += n;
	dump.lines++;
}

static void say_next(void)
{
	if (!dump.has_begun) {
		dump_line("trace: begin 1 cpu=0 events=%u total=%llu tsc_khz=%u slice=%08x",
			  trace_count(), trace_ring.total, clock_tsc_khz(),
			  (uint32_t)(uintptr_t)&boot_cpu.slice);
		dump.has_begun = true;
	} else if (dump.guest < guest_count) {
		const struct guest *g = guests[dump.guest++];

		dump_line("trace: guest %u %s clock=%08x hold=%08x", g->id, guest_name(g),
			  (uint32_t)(uintptr_t)&g->clock, (uint32_t)(uintptr_t)&g->hold);
	} else if (dump.event < trace_count()) {
		say_data();
	} else {
		dump_line("trace: end guests=%u lines=%u", guest_count, dump.lines);
		trace_is_dumping = false;
		trace_mask = dump.kinds;
	}
}

void trace_dump(void)
{
	if (trace_is_dumping)
		return;
	memset(&dump, 0, sizeof(dump));
	dump.kinds = trace_mask;
	trace_mask = 0;
	trace_is_dumping = true;
}

bool trace_dump_can_go_on(void)
{
	return trace_is_dumping && console_line_fits() && !console_is_alone();
}

void trace_dump_step(void)
{
	if (trace_dump_can_go_on())
		say_next();
}

void trace_at_start(const struct trace_wish *wish)
{
	dump_at_end = wish->dump_at_end;
	if (trace_switch(wish->kinds) != 0)
		log_warn("trace: no memory left for the ring of %u KiB",
			 (unsigned)(TRACE_EVENTS * sizeof(struct trace_event) / 1024));
}

void trace_at_end(void)
{
	if (dump_at_end) {
		console_finish(); /* a dump is seen in the view of all only */
		trace_dump();
	}
	dump_at_end = false;
	while (trace_is_dumping)
		say_next();
}
