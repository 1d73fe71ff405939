/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's end of the console: what it wrote last and what was typed for it. */
#ifndef GATEHOUSE_CORE_CONSOLE_PORT_H
#define GATEHOUSE_CORE_CONSOLE_PORT_H

#include "core/types.h"
#include "core/util.h"

#define CONSOLE_LINE    240u
#define CONSOLE_INPUT   256u    /* a power of two */
#define CONSOLE_HISTORY KIB(16) /* a power of two */
#define CONSOLE_WAITING KIB(2)  /* of its output, before a guest has to wait */

/* One guest's end. */
struct console_port {
	const char *name;
	uint8_t colour;                /* of its name: 1-6 as in SGR 31-36 */
	struct serial *own;            /* its own line; NULL: the common one */
	struct console_port *next_own; /* of those with lines of their own */
	struct console_port *next;     /* behind it in the queue of those with something to say */
	bool is_queued;
	char line[CONSOLE_LINE]; /* the line begun and not ended, in the common view */
	unsigned length;
	bool cr;                   /* a carriage return that may belong to a newline */
	char input[CONSOLE_INPUT]; /* typed and not yet read */
	unsigned head, tail;
	char history[CONSOLE_HISTORY]; /* what it wrote last; byte n at n % CONSOLE_HISTORY */
	uint32_t written, shown;       /* bytes: that it wrote, that left the queue */
	uint32_t kept;                 /* of history */
	uint32_t replay;               /* bytes before `shown` that are to be shown once more */
};

/* name is kept. Once for each port. */
void console_port_init(struct console_port *p, const char *name);

/*
 * Gives it a serial line of its own (serial_open()), raw and both ways, for
 * good. False: there is none of that name, or somebody has it.
 */
bool console_port_open(struct console_port *p, const char *line, uint32_t baud);

/*
 * A guest's output; returns how many bytes were taken: fewer when too much of
 * it waits already, for the line and for its turn (then console_has_room()).
 */
uint32_t console_write(struct console_port *p, const char *text, uint32_t bytes);

/* The same for text whose lines end in \n alone: a terminal gets \r\n. */
uint32_t console_write_text(struct console_port *p, const char *text, uint32_t bytes);

/* A good piece of output would be taken. */
bool console_has_room(const struct console_port *p);

bool console_has_input(const struct console_port *p);
uint32_t console_read(struct console_port *p, char *to, uint32_t bytes);

/* The last of what it wrote, at most bytes of it; returns how many. */
uint32_t console_tail(const struct console_port *p, char *to, uint32_t bytes);

/* As if typed into that port; returns how many bytes there was room for. */
uint32_t console_type(struct console_port *p, const char *text, uint32_t bytes);

/* Of its output: what did not leave the queue, and what is to be shown again. */
static inline uint32_t console_waiting(const struct console_port *p)
{
	return p->written - p->shown + p->replay;
}

/* For console.c: the lines of guests' own; see those of the common one. */
void console_own_poll(void);
bool console_own_must_poll(void);
void console_own_finish(void);

#endif
