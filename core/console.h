/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One serial line (and screen) for all: the log and every guest, or one guest
 * alone. In the common view each guest's lines carry its name and lines of two
 * never mix. The keyboard belongs to one guest at a time; an escape key moves
 * it. A guest may have a serial line of its own instead.
 */
#ifndef GATEHOUSE_CORE_CONSOLE_H
#define GATEHOUSE_CORE_CONSOLE_H

#include "core/console_port.h"
#include "core/types.h"

struct config;

/* Finds the serial line and screen the configuration names. */
void console_init(const struct config *cfg);

/*
 * A whole line of Gatehouse itself; waits for the serial line if it must. While
 * one guest is shown alone it is only counted.
 */
void console_line(const char *text);

/* False: so much waits for the serial line that a line of the log had better not be shown. */
bool console_line_fits(void);

/* The same for a line of the log: errors go a little further, and in test mode none is left out. */
bool console_log_fits(bool is_error);

/* Lines of ours between these two are not interrupted by guests. */
void console_begin_block(void);
void console_end_block(void);

/* Moves bytes between the serial lines and the rings; called from the main loop. */
void console_poll(void);

/* The port whose input the keyboard is; NULL for none. In the view of one it is that one. */
void console_set_focus(struct console_port *p);
const struct console_port *console_focus(void);

/*
 * The view: the focus alone, its history first, then its bytes as they are; or
 * all. What others write while one is alone goes to their history only.
 */
void console_set_alone(bool alone);
bool console_is_alone(void);

/*
 * Somebody of ours has the keyboard. What is typed is his, and his unfinished
 * line stands last; the guest in focus keeps its own to itself meanwhile.
 */
struct console_reader {
	void (*key)(char c, bool is_escape);
	void (*draw)(void);  /* makes the line what it should be, by console_reader_write() */
	void (*erase)(void); /* leaves an empty one, the cursor at its start */
};

/* NULL: the guest in focus has it again. The view is that of all. */
void console_set_reader(const struct console_reader *r);
void console_reader_write(const char *text, size_t bytes);

/* Keys typed after the escape key, for the main loop to act on; 0 when there is none. */
char console_take_command(void);

/* Something waits and no interrupt will say when it can go on: console_poll() soon. */
bool console_must_poll(void);

/* A guest wrote since the last console_poll(): one must come before a guest is entered again. */
extern bool console_has_news;

/* Back to the view of all, and what guests wrote is shown: before the machine stops. */
void console_finish(void);

/* For console_port.c: p has something to say on the common line, when its turn comes. */
void console_queue(struct console_port *p);

/*
 * What was shown goes out, by polling: before the machine stops or panics. What
 * waits in guests' queues is not touched, neither now nor later.
 */
void console_flush(void);

#endif
