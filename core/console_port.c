/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's end of the console: what it wrote last and what was typed for it. */
#include "core/console_port.h"

#include "core/console.h"
#include "core/lib.h"
#include "core/serial.h"

#define KEYS_AT_ONCE 64u

static struct console_port *owners; /* of serial lines */
static bool more_keys;              /* may be there, on one of them */

void console_port_init(struct console_port *p, const char *name)
{
	static unsigned colours;

	memset(p, 0, sizeof(*p));
	p->name = name;
	p->colour = 1 + colours++ % 6;
}

bool console_port_open(struct console_port *p, const char *line, uint32_t baud)
{
	p->own = serial_open(line, baud);
	if (!p->own)
		return false;
	p->next_own = owners;
	owners = p;
	return true;
}

/* To its own line, as much as goes into that one's ring. */
static void send(struct console_port *p)
{
	uint32_t at, n;

	do {
		at = p->shown % CONSOLE_HISTORY;
		n = MIN(p->written - p->shown, CONSOLE_HISTORY - at);
		n = (uint32_t)serial_write(p->own, &p->history[at], n);
		p->shown += n;
	} while (n);
	serial_poll(p->own, false);
}

void console_own_poll(void)
{
	int c;

	more_keys = false;
	for (struct console_port *p = owners; p; p = p->next_own) {
		unsigned keys = 0;

		serial_poll(p->own, true);
		for (; keys < KEYS_AT_ONCE && (c = serial_getc(p->own)) >= 0; keys++)
			console_type(p, &(char){(char)c}, 1);
		more_keys |= keys == KEYS_AT_ONCE;
		send(p);
	}
}

bool console_own_must_poll(void)
{
	for (struct console_port *p = owners; p; p = p->next_own)
		if (serial_must_poll(p->own))
			return true;
	return more_keys;
}

void console_own_finish(void)
{
	for (struct console_port *p = owners; p; p = p->next_own) {
		do {
			send(p);
			serial_flush(p->own);
		} while (console_waiting(p));
	}
}

static uint32_t room_of(const struct console_port *p)
{
	uint32_t taken = console_waiting(p);

	return taken < CONSOLE_WAITING ? CONSOLE_WAITING - taken : 0;
}

bool console_has_room(const struct console_port *p)
{
	return room_of(p) >= CONSOLE_WAITING / 2;
}

static void store(struct console_port *p, char c)
{
	p->history[p->written++ % CONSOLE_HISTORY] = c;
	p->kept += p->kept < CONSOLE_HISTORY;
}

static void wrote(struct console_port *p)
{
	if (p->own)
		send(p);
	else
		console_queue(p); /* console_poll() comes by before a guest runs again */
}

uint32_t console_write(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n = MIN(bytes, room_of(p));

	for (uint32_t i = 0; i < n; i++)
		store(p, text[i]);
	wrote(p);
	return n;
}

uint32_t console_write_text(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n, room = room_of(p);

	for (n = 0; n < bytes && room >= 2; n++, room--) {
		if (text[n] == '\n' &&
		    (!p->kept || p->history[(p->written - 1) % CONSOLE_HISTORY] != '\r')) {
			store(p, '\r');
			room--;
		}
		store(p, text[n]);
	}
	wrote(p);
	return n;
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

uint32_t console_tail(const struct console_port *p, char *to, uint32_t bytes)
{
	uint32_t n = MIN(p->kept, bytes);

	for (uint32_t i = 0; i < n; i++)
		to[i] = p->history[(p->written - n + i) % CONSOLE_HISTORY];
	return n;
}

uint32_t console_type(struct console_port *p, const char *text, uint32_t bytes)
{
	uint32_t n = 0;

	for (; n < bytes && p->head - p->tail < CONSOLE_INPUT; n++)
		p->input[p->head++ % CONSOLE_INPUT] = text[n];
	return n;
}
