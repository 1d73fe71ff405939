/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for what is traced: on the command line and in the monitor. */
#ifndef GATEHOUSE_CORE_TRACE_WORDS_H
#define GATEHOUSE_CORE_TRACE_WORDS_H

#include "core/options.h"
#include "core/types.h"

/* What trace= asks for. */
struct trace_wish {
	uint32_t kinds;   /* mask of enum trace_kind */
	bool dump_at_end; /* before the machine is powered off or rebooted */
};

#define TRACE_WORDS "on, off, or some of guest,calls,traps,interrupts,timers,sched,devices,dump"

/* Reads one of TRACE_WORDS; -EINVAL, and *wish is as it was, for anything else. */
int trace_words_parse(struct slice text, struct trace_wish *wish);

/* The words for a mask, "guest,calls", or "off". */
void trace_words_print(uint32_t kinds, char *to, size_t size);

#endif
