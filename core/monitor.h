/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: commands for whoever sits at the console (escape key, then m),
 * and for gdb's `monitor`. A command prints into a buffer, which is then shown
 * page by page: it does not wait, and may take its time.
 */
#ifndef GATEHOUSE_CORE_MONITOR_H
#define GATEHOUSE_CORE_MONITOR_H

#include "core/types.h"
#include "core/util.h"

struct guest;

struct monitor_command {
	const char *name;    /* one word */
	const char *args;    /* such as "GUEST [COUNT]"; "" for none */
	const char *help;    /* one line */
	const char *details; /* more lines, for `help NAME`; NULL for none */
	bool names_guest;    /* the first argument is a guest: completed so */
	/* argv[0] is the name. 0; -EINVAL: how to use it is shown. It prints other errors itself.
	 */
	int (*run)(int argc, char **argv);
};

/* Each ends with an empty one. */
extern const struct monitor_command monitor_guest_commands[]; /* list, pause, kill, ... */
extern const struct monitor_command monitor_look_commands[];  /* regs, mem, walk, ... */
extern const struct monitor_command monitor_do_commands[];    /* inject, reboot, ... */
extern const struct monitor_command monitor_trace_commands[]; /* trace, counters */
extern const struct monitor_command monitor_dump_commands[];  /* core, report */

/* For commands: text for whoever asked, at most 511 bytes at a time. It adds no newline. */
void monitor_print(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* For commands: a guest by name or number (1 and up); NULL, and said so, if there is none. */
struct guest *monitor_guest(const char *text);

/* For commands: decimal, 0x..., with K, M or G behind it. False, and said so, for anything else. */
bool monitor_number(const char *text, uint32_t *value);

/* Runs one line; all that it prints goes to out(), in pieces, before this returns. */
void monitor_run(const char *line, void (*out)(void *ctx, const char *text, size_t bytes),
		 void *ctx);

/* Runs one line of ours; what it prints is shown on the console, whoever has the keyboard. */
void monitor_show(const char *line);

/* The console's keyboard comes here and goes. */
void monitor_enter(void);
void monitor_leave(void);

/*
 * Acts on what was typed and shows what was printed, as there is room: from the
 * main loop. True: there is more to do, and room.
 */
bool monitor_work(void);

#endif
