/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gdb stub's session: its line, who is stopped, and what is told. */
#include "core/gdb.h"

#include "core/config.h"
#include "core/gdb_session.h"
#include "core/gdb_target.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/serial.h"

/* Bytes taken from the line at one go: a port read takes a microsecond. */
#define READ_BYTES 32

#define GDB_BAUD 115200

/* A reply, and what may have to be sent in front of it. */
#define ROOM_TO_ANSWER (GDB_PACKET + 1024u)

struct gdb_session gdb;
bool gdb_wanted;

static struct serial *line;
static uint64_t waits; /* bit n: guest n is to wait at its first instruction */

static struct guest *by_name(const char *name)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (!strcmp(guest_name(guests[i]), name))
			return guests[i];
	log_error("gdb: there is no guest \"%s\"", name);
	return NULL;
}

static void add(uint64_t *set, const char *name)
{
	const struct guest *g = name[0] ? by_name(name) : NULL;

	if (g)
		*set |= 1ull << g->id;
}

void gdb_init(const struct config *cfg)
{
	if (cfg->gdb_wait[0] && !cfg->gdb.line[0])
		log_warn("gdb-wait=%s: without gdb= nobody could let it run", cfg->gdb_wait);
	if (!cfg->gdb.line[0])
		return;
	line = serial_open(cfg->gdb.line, GDB_BAUD);
	if (!line) {
		log_error("gdb=%s: there is no such serial line, or it is the console's",
			  cfg->gdb.line);
		return;
	}
	add(&waits, cfg->gdb_wait);
	add(&gdb.attached, cfg->gdb.guest);
	gdb.attached |= waits;
	if (!gdb.attached && guest_count)
		gdb.attached = 1;
	gdb_wanted = !serial_sources(line);
}

/* The attached guest that can be shown best: one that has begun, or none. */
static struct guest *first_readable(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]) && gdb_is_readable(guests[i]))
			return guests[i];
	return NULL;
}

/* One that is being loaded goes on, or it would never get anywhere. */
static bool can_pause(const struct guest *g)
{
	return g->state != GUEST_CREATED && g->state != GUEST_LOADING;
}

void gdb_stop(struct guest *g, uint8_t signal, const char *reason, gva_t address)
{
	for (unsigned i = 0; i < guest_count; i++) {
		if (!gdb_is_attached(guests[i]))
			continue;
		vcpu_set_debugger(&guests[i]->vcpu, true, false);
		if (can_pause(guests[i]))
			guest_pause(guests[i], GUEST_PAUSED_BY_GDB);
	}
	if (gdb.state != GDB_RUNNING)
		return;
	gdb.state = GDB_STOPPED;
	gdb.stopped = gdb.general = g;
	gdb.signal = signal;
	gdb.reason = reason;
	gdb.address = address;
	gdb.is_due = gdb_wanted = true;
}

void gdb_stop_all(uint8_t signal)
{
	struct guest *g = first_readable();

	gdb.state = GDB_RUNNING;
	gdb_wanted = true; /* there may be none left that could stop */
	if (g)
		gdb_stop(g, g->state == GUEST_DEAD ? GDB_SIGABRT : signal, NULL, 0);
}

void gdb_attach(struct guest *g)
{
	gdb.attached |= 1ull << g->id;
	vcpu_set_debugger(&g->vcpu, true, false);
	if (can_pause(g))
		guest_pause(g, GUEST_PAUSED_BY_GDB);
}

void gdb_let_go(struct guest *g)
{
	gdb_remove_breaks(g);
	vcpu_set_debugger(&g->vcpu, false, false);
	guest_resume(g, GUEST_PAUSED_BY_GDB);
}

void gdb_detach(struct guest *g)
{
	gdb.attached &= ~(1ull << g->id);
	gdb_let_go(g);
}

void gdb_leave(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]))
			gdb_let_go(guests[i]);
	gdb.state = GDB_AWAY;
	gdb.is_due = gdb.has_text = false;
}

void gdb_resume(struct guest *g, bool is_step)
{
	gdb.state = GDB_RUNNING;
	gdb.is_due = false;
	gdb_wanted = true;
	vcpu_set_debugger(&g->vcpu, true, is_step);
	guest_resume(g, GUEST_PAUSED_BY_GDB);
}

void gdb_guest_started(struct guest *g)
{
	bool is_awaited = waits >> g->id & 1;

	if (!line || !gdb_is_attached(g))
		return;
	gdb_forget_breaks(g);
	waits &= ~(1ull << g->id);
	if (gdb.state != GDB_AWAY)
		gdb_stop(g, GDB_SIGTRAP, NULL, 0);
	else if (is_awaited)
		guest_pause(g, GUEST_PAUSED_BY_GDB);
}

/* Tells in words what the signal cannot. */
static void put_output(struct gdb_link *l, const char *text, size_t bytes)
{
	gdb_begin(l);
	gdb_put_char(l, 'O');
	gdb_put_hex(l, text, bytes);
	gdb_end(l);
	serial_write(line, l->out, l->out_bytes);
}

void gdb_guest_ended(struct guest *g)
{
	gdb_wanted |= line != NULL;
	if (line && g->state == GUEST_DEAD && gdb_is_attached(g) && gdb.state != GDB_AWAY)
		gdb_stop(g, GDB_SIGABRT, NULL, 0);
}

static void send(struct gdb_link *l)
{
	gdb_end(l);
	serial_write(line, l->out, l->out_bytes);
}

static void put_stop(struct gdb_session *s)
{
	struct gdb_link *l = &s->link;

	gdb_begin(l);
	gdb_put_char(l, 'T');
	gdb_put_hex(l, &s->signal, 1);
	gdb_put(l, "thread:");
	gdb_put_number(l, s->stopped->id + 1);
	gdb_put_char(l, ';');
	if (!s->reason)
		return;
	if (s->reason[2] != 'b') { /* a watchpoint: where */
		gdb_put(l, s->reason);
		gdb_put_char(l, ':');
		gdb_put_number(l, s->address);
		gdb_put_char(l, ';');
	} else if (s->wants_reasons) {
		gdb_put(l, s->reason);
		gdb_put(l, ":;");
	}
}

static void tell_death(struct gdb_session *s)
{
	char text[sizeof(s->stopped->reason) + CONFIG_NAME + 20];
	int n;

	if (s->stopped->state != GUEST_DEAD)
		return;
	n = snprintf(text, sizeof(text), "guest \"%s\": dead: %s\n", guest_name(s->stopped),
		     s->stopped->reason);
	put_output(&s->link, text, MIN((size_t)n, sizeof(text) - 1));
}

/* All gdb is attached to are off, or dead and not to be looked at: nothing will ever stop. */
static bool is_over(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]) &&
		    (guests[i]->paused & GUEST_PAUSED_BY_GDB || guests[i]->wants_restart ||
		     (guests[i]->state != GUEST_DEAD && guests[i]->state != GUEST_OFF)))
			return false;
	return true;
}

static bool any_is_dead(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]) && guests[i]->state == GUEST_DEAD)
			return true;
	return false;
}

/* What gdb waits for: output, why a guest stopped, that all have ended. */
static void report(struct gdb_session *s)
{
	if (s->is_due) {
		s->is_due = false;
		tell_death(s);
		put_stop(s);
		send(&s->link);
	} else if (s->state == GDB_RUNNING && is_over()) {
		gdb_wanted = guests_unsettled; /* one may be started again */
		if (gdb_wanted)
			return;
		gdb_begin(&s->link);
		gdb_put(&s->link, any_is_dead() ? "X06" : "W00");
		send(&s->link);
		gdb_leave();
	}
}

static void send_text(struct gdb_session *s)
{
	uint32_t n = MIN(s->text_bytes - s->text_sent, 512u);

	if (n) {
		put_output(&s->link, s->text + s->text_sent, n);
		s->text_sent += n;
		gdb_wanted = true;
		return;
	}
	s->has_text = false;
	gdb_begin(&s->link);
	gdb_put(&s->link, "OK");
	send(&s->link);
}

/*
 * Whether an old one left or not: a new one knows none of its breakpoints, and
 * finds its guests stopped as soon as they can be.
 */
static void begin_session(struct gdb_session *s)
{
	s->link.no_ack = s->has_text = s->is_due = false;
	s->state = GDB_STOPPED;
	s->stopped = s->resumed = NULL;
	s->general = first_readable();
	if (!s->general && guest_count)
		s->general = guests[0];
	gdb_stop(s->general, 0, NULL, 0);
	for (unsigned i = 0; i < guest_count; i++)
		if (gdb_is_attached(guests[i]))
			gdb_remove_breaks(guests[i]);
}

static void arrived(struct gdb_session *s)
{
	const char *text = s->link.in;

	if (gdb_take(&text, "qSupported") || s->state == GDB_AWAY)
		begin_session(s);
	if (!s->link.no_ack)
		serial_write(line, "+", 1);
	gdb_begin(&s->link);
	if (gdb_command(s))
		send(&s->link);
}

/* Returns whether it was a packet: the next one is the next piece of work. */
static bool take_byte(struct gdb_session *s, uint8_t byte)
{
	switch (gdb_receive(&s->link, byte)) {
	case GDB_ARRIVED:
		arrived(s);
		return true;
	case GDB_TOO_LONG:
		serial_write(line, "+", s->link.no_ack ? 0 : 1);
		gdb_begin(&s->link);
		gdb_put(&s->link, "E07");
		send(&s->link);
		return true;
	case GDB_BAD:
		serial_write(line, "-", s->link.no_ack ? 0 : 1);
		break;
	case GDB_RESEND:
		if (!s->link.no_ack && s->link.is_ended)
			serial_write(line, s->link.out, s->link.out_bytes);
		break;
	case GDB_BREAK:
		if (s->state == GDB_RUNNING)
			gdb_stop_all(GDB_SIGINT);
		break;
	case GDB_NOTHING:
		break;
	}
	return false;
}

void gdb_work(bool is_interrupt)
{
	unsigned budget = READ_BYTES;
	int c;

	gdb_wanted = false;
	if (!line)
		return;
	serial_poll(line, is_interrupt);
	if (serial_room(line) >= ROOM_TO_ANSWER) {
		if (gdb.has_text)
			send_text(&gdb);
		else
			report(&gdb);
	}
	while (budget && serial_room(line) >= ROOM_TO_ANSWER && (c = serial_getc(line)) >= 0)
		budget = take_byte(&gdb, (uint8_t)c) ? 0 : budget - 1;
	if (budget == 0 || !serial_sources(line) ||
	    ((gdb.is_due || gdb.has_text) && serial_room(line) >= ROOM_TO_ANSWER))
		gdb_wanted = true;
	serial_poll(line, false);
}
