/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One serial line (and screen) for all: who writes, who reads. */
#include "core/console.h"

#include "core/config.h"
#include "core/lib.h"
#include "core/sinks.h"
#include "core/util.h"

/*
 * What one character may put on the line at most: a kept line with its name,
 * the end of somebody else's, and the focus's line again.
 */
#define ROOM_FOR_ONE (2 * (CONSOLE_LINE + CONFIG_NAME + 8))

static struct console_port *focus;     /* the keyboard's owner */
static struct console_port *on_screen; /* whose unfinished line the cursor stands behind */
static uint8_t escape_key;
static bool escape_seen;
static bool in_block; /* several lines of ours follow each other */
static char command;

/* Of ours, in front of the guests. */
static const struct console_reader *reader;
static struct console_port reader_line; /* only as on_screen: the cursor is in reader's line */

void console_init(const struct config *cfg)
{
	escape_key = cfg->escape;
	sinks_init(cfg);
}

static void emit_string(const char *s)
{
	sinks_write(s, strlen(s));
}

static void emit_prefix(const struct console_port *p)
{
	emit_string(p->name);
	emit_string("| ");
}

/* The cursor to the start of a line that is nobody's. */
static void leave_line(void)
{
	if (on_screen == &reader_line)
		reader->erase();
	else if (on_screen)
		emit_string("\r\n");
	on_screen = NULL;
}

void console_port_init(struct console_port *p, const char *name)
{
	if (on_screen == p)
		leave_line();
	memset(p, 0, sizeof(*p));
	p->name = name;
}

/* Shows what p has begun again, after something else took the line. */
static void resume_line(struct console_port *p)
{
	if (reader && !in_block) {
		on_screen = &reader_line;
		reader->draw();
	}
	if (reader || !p || !p->length || in_block || on_screen == p)
		return;
	emit_prefix(p);
	sinks_write(p->line, p->length);
	on_screen = p;
}

void console_line(const char *text)
{
	leave_line();
	emit_string(text);
	emit_string("\r\n");
	resume_line(focus);
	sinks_pump();
}

void console_begin_block(void)
{
	in_block = true;
}

void console_end_block(void)
{
	in_block = false;
	resume_line(focus);
	sinks_pump();
}

/* A finished line of a guest that is not in focus, or one too long to keep. */
static void show_whole_line(struct console_port *p)
{
	leave_line();
	emit_prefix(p);
	sinks_write(p->line, p->length);
	emit_string("\r\n");
	p->length = 0;
	resume_line(focus);
}

static void end_line(struct console_port *p)
{
	if (on_screen == p) {
		emit_string("\r\n");
		on_screen = NULL;
		p->length = 0;
	} else {
		show_whole_line(p);
	}
}

static void keep(struct console_port *p, char c)
{
	if (p->length == CONSOLE_LINE)
		end_line(p);
	if (p == focus && on_screen != p && !reader) {
		leave_line();
		emit_prefix(p);
		sinks_write(p->line, p->length);
		on_screen = p;
	}
	p->line[p->length++] = c;
	if (on_screen == p)
		sinks_write(&c, 1);
}

/* Back to the start of its line, which begins behind the name. */
static void carriage_return(struct console_port *p)
{
	p->length = 0;
	if (on_screen == p) {
		emit_string("\r");
		emit_prefix(p);
	}
}

static void backspace(struct console_port *p)
{
	if (!p->length)
		return; /* not into the name */
	p->length--;
	if (on_screen == p)
		emit_string("\b");
}

static void put(struct console_port *p, char c)
{
	if (p->cr && c != '\n' && c != '\r')
		carriage_return(p);
	p->cr = c == '\r';
	if (c == '\n')
		end_line(p);
	else if (c == '\b')
		backspace(p);
	else if (c != '\r' && c != 0)
		keep(p, c);
}

/*
 * What one console_write() may do: a newline scrolls the screen and brings
 * names and other lines with it. Keeps an exit short (design section 3).
 */
#define WRITE_COST   256u
#define NEWLINE_COST 64u

uint32_t console_write(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n = 0, cost = 0;

	in_block = true; /* the focus's line comes back once, at the end */
	while (n < bytes && cost < WRITE_COST && console_has_room()) {
		cost += text[n] == '\n' ? NEWLINE_COST : 1;
		put(p, text[n++]);
	}
	console_end_block();
	return n;
}

bool console_has_room(void)
{
	return sinks_room() >= ROOM_FOR_ONE;
}

bool console_has_input(const struct console_port *p)
{
	return p->head != p->tail;
}

uint32_t console_read(struct console_port *p, char *to, uint32_t bytes)
{
	uint32_t n = 0;

	while (n < bytes && p->tail != p->head)
		to[n++] = p->input[p->tail++ % CONSOLE_INPUT];
	return n;
}

/* A full input ring loses the newest byte, as a real UART would. */
static void type(struct console_port *p, char c)
{
	if (p && p->head - p->tail < CONSOLE_INPUT)
		p->input[p->head++ % CONSOLE_INPUT] = c;
}

static void received(char c)
{
	if (reader) {
		reader->key(c, (uint8_t)c == escape_key);
	} else if (escape_seen) {
		escape_seen = false;
		if ((uint8_t)c == escape_key)
			type(focus, c);
		else
			command = c;
	} else if ((uint8_t)c == escape_key) {
		escape_seen = true;
	} else {
		type(focus, c);
	}
}

void console_poll(void)
{
	int c;

	sinks_ack_interrupt();
	while (!command && (c = sinks_getc()) >= 0)
		received((char)c);
	sinks_pump();
}

char console_take_command(void)
{
	char c = command;

	command = 0;
	return c;
}

void console_set_focus(struct console_port *p)
{
	leave_line();
	focus = p;
	resume_line(p);
}

const struct console_port *console_focus(void)
{
	return focus;
}

void console_set_reader(const struct console_reader *r)
{
	leave_line();
	reader = r;
	resume_line(focus);
	sinks_pump();
}

void console_reader_write(const char *text, size_t bytes)
{
	sinks_write(text, bytes);
}

uint32_t console_type(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n = 0;

	for (; n < bytes && p->head - p->tail < CONSOLE_INPUT; n++)
		type(p, text[n]);
	return n;
}

bool console_must_poll(void)
{
	return sinks_must_poll();
}

void console_flush(void)
{
	leave_line();
	sinks_flush();
}
