/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One serial line (and screen) for all: the log and every guest. Each guest's
 * lines carry its name; lines of two never mix. The keyboard belongs to one
 * guest at a time; an escape key moves it.
 */
#ifndef GATEHOUSE_CORE_CONSOLE_H
#define GATEHOUSE_CORE_CONSOLE_H

#include "core/types.h"

struct config;

#define CONSOLE_LINE  240u
#define CONSOLE_INPUT 256u /* a power of two */

/* One guest's end. */
struct console_port {
	const char *name;
	char line[CONSOLE_LINE]; /* the line begun and not ended */
	unsigned length;
	bool cr;                   /* a carriage return that may belong to a newline */
	char input[CONSOLE_INPUT]; /* typed and not yet read */
	unsigned head, tail;
};

/* Finds the serial line and screen the configuration names. */
void console_init(const struct config *cfg);

void console_port_init(struct console_port *p, const char *name);

/*
 * A guest's output; returns how many bytes were taken: fewer when the sinks
 * are full, or when it was enough for one go (then console_has_room()).
 */
uint32_t console_write(struct console_port *p, const char *text, uint32_t bytes);
bool console_has_room(void);

bool console_has_input(const struct console_port *p);
uint32_t console_read(struct console_port *p, char *to, uint32_t bytes);

/* A whole line of Gatehouse itself; waits for the serial line if it must. */
void console_line(const char *text);

/* Lines of ours between these two are not interrupted by the focus's unfinished line. */
void console_begin_block(void);
void console_end_block(void);

/* Moves bytes between the serial line and the rings; called from the main loop. */
void console_poll(void);

/* The port whose input the keyboard is; NULL for none. The index is the guest's number. */
void console_set_focus(struct console_port *p);
const struct console_port *console_focus(void);

/* As if typed into that port; returns how many bytes there was room for. */
uint32_t console_type(struct console_port *p, const char *text, uint32_t bytes);

/*
 * Somebody of ours has the keyboard. What is typed is his, and his unfinished
 * line stands last; the guest in focus keeps its own to itself meanwhile.
 */
struct console_reader {
	void (*key)(char c, bool is_escape);
	void (*draw)(void);  /* makes the line what it should be, by console_reader_write() */
	void (*erase)(void); /* leaves an empty one, the cursor at its start */
};

/* NULL: the guest in focus has it again. */
void console_set_reader(const struct console_reader *r);
void console_reader_write(const char *text, size_t bytes);

/* Keys typed after the escape key, for the main loop to act on; 0 when there is none. */
char console_take_command(void);

/* Output waits and no interrupt will say when it can go on: console_poll() soon. */
bool console_must_poll(void);

/* Everything out at once, by polling: before the machine stops. */
void console_flush(void);

#endif
