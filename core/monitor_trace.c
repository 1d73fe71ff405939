/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands trace and counters. */
#include "core/counters.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/monitor.h"
#include "core/trace.h"
#include "core/trace_dump.h"

static void print_status(void)
{
	char words[80];

	trace_words_print(trace_kinds(), words, sizeof(words));
	monitor_print("tracing: %s\n%u events, of %llu recorded; the ring holds %u\n", words,
		      trace_count(), trace_ring.total, TRACE_EVENTS);
}

static int trace_command(int argc, char **argv)
{
	struct trace_wish wish;

	if (argc > 2)
		return -EINVAL;
	if (argc < 2 || !strcmp(argv[1], "status")) {
		print_status();
	} else if (!strcmp(argv[1], "clear")) {
		trace_clear();
	} else if (!strcmp(argv[1], "dump")) {
		monitor_print("%u events go to the console\n", trace_count());
		trace_dump();
	} else {
		if (trace_words_parse(slice_of(argv[1]), &wish) != 0)
			return -EINVAL;
		if (trace_switch(wish.kinds) != 0)
			monitor_print("no memory left for the ring of 256 KiB\n");
		print_status();
	}
	return 0;
}

/* counters [GUEST] [raw] [reset] */
static int counters_command(int argc, char **argv)
{
	bool is_raw = argc > 1 && !strcmp(argv[argc - 1], "raw");
	bool is_reset = argc > 1 && !strcmp(argv[argc - 1], "reset");
	struct guest *g = NULL;

	argc -= is_raw || is_reset;
	if (argc > 2)
		return -EINVAL;
	if (argc == 2) {
		g = monitor_guest(argv[1]);
		if (!g)
			return 0;
	}
	if (is_reset)
		counters_reset(g);
	else if (is_raw)
		counters_print_raw(g);
	else
		counters_print(g);
	return 0;
}

const struct monitor_command monitor_trace_commands[] = {
	{
		.name = "trace",
		.args = "[on|off|status|dump|clear|KINDS]",
		.help = "record what happens; write it to the console",
		.details = "KINDS: some of guest,calls,traps,interrupts,timers,sched,devices with "
			   "commas\nbetween them; on is all. The last 16384 events are kept. dump "
			   "writes them as lines\nof text for tools/gatehouse-trace; nothing is "
			   "recorded meanwhile.",
		.run = trace_command,
	},
	{
		.name = "counters",
		.args = "[GUEST] [raw|reset]",
		.help = "exits by reason with their times, interrupts, shadow events",
		.details =
			"raw: lines of a key and a number, for programs. reset: all are 0 again.",
		.names_guest = true,
		.run = counters_command,
	},
	{.name = NULL},
};
