/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One serial line (and screen) for all: who writes, who reads. */
#include "core/console.h"

#include "core/config.h"
#include "core/lib.h"
#include "core/machine.h"
#include "core/sinks.h"

/*
 * Guests wait in front of the sinks, each with its own bytes, and take turns.
 * Of guests' output no more than this is put into the sinks ahead of the line,
 * so that whoever has something to say is soon seen: 128 bytes take 11 ms at
 * 115200 baud, during which the main loop comes by.
 */
#define AHEAD 128u

/* In front of a line of ours, to keep the order of events where that is cheap. */
#define AHEAD_OF_LINE KIB(2)

/* Lines of the log are shown up to here. */
#define AHEAD_OF_LOG    KIB(4)
#define AHEAD_OF_ERRORS KIB(8)

/* A turn ends with a line, or after so many bytes. */
#define TURN_BYTES 128u

/*
 * What one console_poll() may do for guests, and one line of ours before it: a
 * newline scrolls the screen, which takes some 15 us, and brings names and
 * other lines with it. Keeps an exit short (design section 3).
 */
#define POLL_COST    192u
#define LINE_COST    64u
#define NEWLINE_COST 64u

#define KEYS_AT_ONCE 64u

static struct console_port *focus;        /* the keyboard's owner */
static struct console_port *on_screen;    /* whose unfinished line the cursor stands behind */
static struct console_port *alone;        /* the focus, when only it is shown */
static struct console_port *first, *last; /* who has something to say, in turn */
static unsigned hidden_lines;             /* of ours, while one was alone */
static uint8_t escape_key;
static bool has_colour, escape_seen;
static bool in_block;   /* several lines of ours follow each other */
static bool is_live;    /* the main loop runs: nothing may wait for the line */
static bool look_again; /* console_poll() has something to do */
bool console_has_news;
static char command;

/* Of ours, in front of the guests. */
static const struct console_reader *reader;
static struct console_port reader_line; /* only as on_screen: the cursor is in reader's line */

void console_init(const struct config *cfg)
{
	escape_key = cfg->escape;
	has_colour = cfg->colour;
	focus = on_screen = alone = first = last = NULL;
	hidden_lines = 0;
	sinks_init(cfg);
}

/* ---- the common view ---- */

static void emit(const char *text, size_t bytes)
{
	if (!alone)
		sinks_write(text, bytes);
}

static void emit_string(const char *s)
{
	emit(s, strlen(s));
}

static void emit_prefix(const struct console_port *p)
{
	if (has_colour && !alone)
		sinks_colour(p->colour);
	emit_string(p->name);
	emit_string("|");
	if (has_colour && !alone)
		sinks_colour(0);
	emit_string(" ");
}

/* The cursor to the start of a line that is nobody's. */
static void leave_line(void)
{
	if (reader && on_screen == &reader_line)
		reader->erase();
	else if (on_screen)
		emit_string("\r\n");
	on_screen = NULL;
}

/* Shows what p has begun again, after something else took the line. */
static void resume_line(struct console_port *p)
{
	if (reader && !in_block) {
		on_screen = &reader_line;
		reader->draw();
	}
	if (reader || !p || !p->length || in_block || alone || on_screen == p)
		return;
	emit_prefix(p);
	emit(p->line, p->length);
	on_screen = p;
}

static void end_line(struct console_port *p)
{
	if (on_screen != p) {
		leave_line();
		emit_prefix(p);
		emit(p->line, p->length);
	}
	emit_string("\r\n");
	on_screen = NULL;
	p->length = 0;
}

static void keep(struct console_port *p, char c)
{
	if (p->length == CONSOLE_LINE)
		end_line(p);
	if (p == focus && on_screen != p && !alone && !reader) {
		leave_line();
		emit_prefix(p);
		emit(p->line, p->length);
		on_screen = p;
	}
	p->line[p->length++] = c;
	if (on_screen == p)
		emit(&c, 1);
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

/* ---- turns ---- */

void console_queue(struct console_port *p)
{
	if (p->is_queued || !console_waiting(p))
		return;
	p->is_queued = console_has_news = true;
	p->next = NULL;
	if (first)
		last->next = p;
	else
		first = p;
	last = p;
}

/* The next byte that p wrote goes into its line; returns what that cost. */
static uint32_t put_next(struct console_port *p)
{
	char c = p->history[p->shown++ % CONSOLE_HISTORY];

	put(p, c);
	return c == '\n' ? NEWLINE_COST : 1;
}

static uint32_t show_lines(struct console_port *p)
{
	uint32_t cost = 0, step = 0;

	while (p->shown != p->written && step != NEWLINE_COST && cost < TURN_BYTES)
		cost += step = put_next(p);
	return cost;
}

/* Bytes as they are; the line of the common view goes along unseen. */
static uint32_t show_raw(struct console_port *p)
{
	uint32_t at = (p->shown - p->replay) % CONSOLE_HISTORY, cost = 0;
	uint32_t n = MIN(MIN(console_waiting(p), TURN_BYTES), CONSOLE_HISTORY - at);

	sinks_write(&p->history[at], n);
	for (uint32_t i = 0; i < n; i++) {
		if (!p->replay)
			cost += put_next(p);
		else if (p->history[at + i] == '\n')
			cost += NEWLINE_COST;
		p->replay -= p->replay != 0;
	}
	return n + cost;
}

static uint32_t take_turn(void)
{
	struct console_port *p = first;
	bool had_room = console_has_room(p);
	uint32_t cost;

	first = p->next;
	p->is_queued = false;
	cost = p == alone ? show_raw(p) : show_lines(p);
	console_queue(p);
	look_again |= !had_room && console_has_room(p);
	return cost;
}

/* Turns for guests while less than ahead waits for the line, at a cost of limit and a turn. */
static void feed(uint32_t ahead, uint32_t limit)
{
	bool was_in_block = in_block;
	uint32_t cost = 0;

	if (!first)
		return;
	in_block = true; /* the focus's line comes back once, at the end */
	while (first && sinks_queued() < ahead && cost < limit)
		cost += take_turn();
	in_block = was_in_block;
	resume_line(focus);
}

/* ---- lines of ours ---- */

void console_line(const char *text)
{
	if (alone) {
		hidden_lines++;
		return;
	}
	if (first && !in_block) {
		take_turn(); /* whatever fills the sinks */
		feed(AHEAD_OF_LINE, LINE_COST);
	}
	leave_line();
	emit_string(text);
	emit_string("\r\n");
	resume_line(focus);
	sinks_pump();
}

bool console_log_fits(bool is_error)
{
	return !is_live || machine_is_test() ||
	       sinks_queued() < (is_error ? AHEAD_OF_ERRORS : AHEAD_OF_LOG);
}

bool console_line_fits(void)
{
	return !is_live || sinks_queued() < AHEAD_OF_LOG;
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

/* ---- the view and the keyboard ---- */

static void show_alone(struct console_port *p)
{
	char banner[80];

	leave_line();
	snprintf(banner, sizeof(banner), "-- %s alone; escape key, a: all --\r\n", p->name);
	emit_string(banner);
	alone = p;
	p->replay = p->kept - (p->written - p->shown);
	console_queue(p);
}

/* What the guest did to the terminal is undone as far as that is known: its colours. */
static void show_all(void)
{
	char line[80];

	alone->replay = 0;
	alone = NULL;
	look_again = true; /* its history may have been in the way of its output */
	if (has_colour)
		sinks_colour(0);
	emit_string("\r\n");
	if (!hidden_lines)
		return;
	snprintf(line, sizeof(line), "(lines of Gatehouse not shown meanwhile: %u)", hidden_lines);
	hidden_lines = 0;
	console_line(line);
}

void console_set_alone(bool is_alone)
{
	if (is_alone && focus && focus->own)
		console_line("(this guest has a serial line of its own)");
	if (is_alone == (alone != NULL) || (is_alone && (!focus || focus->own || reader)))
		return;
	if (is_alone)
		show_alone(focus);
	else
		show_all();
	resume_line(focus);
	sinks_pump();
}

bool console_is_alone(void)
{
	return alone != NULL;
}

void console_set_focus(struct console_port *p)
{
	bool was_alone = alone && p;

	if (p == focus)
		return;
	if (alone)
		show_all();
	leave_line();
	focus = p;
	if (was_alone && !p->own)
		show_alone(p);
	resume_line(p);
}

const struct console_port *console_focus(void)
{
	return focus;
}

void console_set_reader(const struct console_reader *r)
{
	if (r)
		console_set_alone(false);
	leave_line();
	reader = r;
	resume_line(focus);
	sinks_pump();
}

void console_reader_write(const char *text, size_t bytes)
{
	sinks_write(text, bytes);
}

/* A full input ring loses the newest byte, as a real UART would. */
static void type(struct console_port *p, char c)
{
	if (p)
		console_type(p, &c, 1);
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
	unsigned keys = 0;
	int c;

	is_live = true;
	sinks_ack_interrupt();
	while (!command && keys < KEYS_AT_ONCE && (c = sinks_getc()) >= 0) {
		received((char)c);
		keys++;
	}
	feed(AHEAD, POLL_COST);
	sinks_pump();
	console_own_poll();
	look_again = command || keys == KEYS_AT_ONCE; /* there may be more keys */
	console_has_news = false;
}

char console_take_command(void)
{
	char c = command;

	command = 0;
	return c;
}

bool console_must_poll(void)
{
	return look_again || (first && sinks_queued() < AHEAD) || sinks_must_poll() ||
	       console_own_must_poll();
}

void console_finish(void)
{
	console_set_alone(false);
	while (first)
		take_turn();
	console_own_finish();
	console_flush();
}

void console_flush(void)
{
	first = NULL;
	is_live = false; /* nobody comes by to send what is left: it is waited for */
	console_set_alone(false);
	leave_line();
	sinks_flush();
}
