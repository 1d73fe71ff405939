/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One readable report of a guest: what it was doing, and what it sees of its memory. */
#ifndef GATEHOUSE_CORE_REPORT_H
#define GATEHOUSE_CORE_REPORT_H

#include "core/backtrace.h"
#include "core/history.h"

struct guest;

#define REPORT_LINE 200u

struct report {
	struct guest *guest;
	unsigned life;
	unsigned part, line; /* which is next */
	struct backtrace backtrace;
	struct exit_record exits[HISTORY_SHOWN];
	unsigned exit_count;
};

/* Any guest; one that is not dead must not run before the last line. */
void report_start(struct report *r, struct guest *g);

/*
 * A bounded piece of work (some 20 us). False: there is no more. text is the next
 * line, or empty when it takes more than one piece.
 */
bool report_next(struct report *r, char text[REPORT_LINE]);

/*
 * The report of a guest that died, on the console, as there is room for it: a
 * line at most each time. True: it is complete, or there is none to be made.
 */
bool report_step(struct guest *g);

#endif
