/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One serial line (and screen) for all: the log and every guest, or one guest
 * alone. In the common view each guest's lines carry its name and lines of two
 * never mix. The keyboard belongs to one guest at a time; an escape key moves
 * it. A guest may have a serial line of its own instead.
 */
#ifndef GATEHOUSE_CORE_CONSOLE_H
#define GATEHOUSE_CORE_CONSOLE_H

#include "core/types.h"
#include "core/util.h"

struct config;

#define CONSOLE_LINE    240u
#define CONSOLE_INPUT   256u    /* a power of two */
#define CONSOLE_HISTORY KIB(16) /* a power of two */
#define CONSOLE_WAITING KIB(2)  /* of its output, before a guest has to wait */

/* One guest's end. */
struct console_port {
	const char *name;
	uint8_t colour;            /* of its name: 1-6 as in SGR 31-36 */
	struct serial *own;        /* its own line; NULL: the common one */
	struct console_port *next; /* behind it in the queue of those with something to say */
	bool is_queued;
	char line[CONSOLE_LINE]; /* the line begun and not ended, in the common view */
	unsigned length;
	bool cr;                   /* a carriage return that may belong to a newline */
	char input[CONSOLE_INPUT]; /* typed and not yet read */
	unsigned head, tail;
	char history[CONSOLE_HISTORY]; /* what it wrote last; byte n at n % CONSOLE_HISTORY */
	uint32_t written, shown;       /* bytes: that it wrote, that left the queue */
	uint32_t kept;                 /* of history */
};

/* Finds the serial line and screen the configuration names. */
void console_init(const struct config *cfg);

/* name is kept. Once for each port. */
void console_port_init(struct console_port *p, const char *name);

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

/*
 * A whole line of Gatehouse itself; waits for the serial line if it must. While
 * one guest is shown alone it is only counted.
 */
void console_line(const char *text);

/* False: so much waits for the serial line that a line of the log had better not be shown. */
bool console_line_fits(void);

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

/* NULL: the guest in focus has it again. The view is that of all. */
void console_set_reader(const struct console_reader *r);
void console_reader_write(const char *text, size_t bytes);

/* Keys typed after the escape key, for the main loop to act on; 0 when there is none. */
char console_take_command(void);

/* Something waits and no interrupt will say when it can go on: console_poll() soon. */
bool console_must_poll(void);

/* Back to the view of all, and what guests wrote is shown: before the machine stops. */
void console_finish(void);

/*
 * What was shown goes out, by polling: before the machine stops or panics. What
 * waits in guests' queues is not touched, neither now nor later.
 */
void console_flush(void);

#endif
