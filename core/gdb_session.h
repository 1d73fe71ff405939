/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the gdb stub share: the session, and why a guest stopped. */
#ifndef GATEHOUSE_CORE_GDB_SESSION_H
#define GATEHOUSE_CORE_GDB_SESSION_H

#include "core/gdb_packet.h"
#include "core/guest.h"

/* Signals as gdb numbers them. */
enum { GDB_SIGINT = 2, GDB_SIGTRAP = 5, GDB_SIGABRT = 6 };

enum gdb_state {
	GDB_AWAY,    /* no gdb: guests run, but for one that waits for its first instruction */
	GDB_STOPPED, /* the guests it is attached to stand still */
	GDB_RUNNING, /* gdb waits for one of them to stop */
};

#define GDB_MONITOR_BYTES KIB(16)

struct gdb_session {
	struct gdb_link link;
	enum gdb_state state;
	uint64_t attached;     /* bit n: guest n */
	struct guest *general; /* whom g, m and so on are about */
	struct guest *resumed; /* Hc: whom c and s are about; NULL: all */
	bool wants_reasons;    /* knows swbreak and hwbreak */

	/* Why it stopped: a report is sent when it is due. */
	bool is_due;
	struct guest *stopped;
	uint8_t signal;
	const char *reason; /* NULL, or swbreak, hwbreak, watch, rwatch, awatch */
	gva_t address;      /* of a watchpoint */

	/* Output of a monitor command that is still to be sent. */
	uint32_t text_bytes, text_sent;
	bool has_text;
	char text[GDB_MONITOR_BYTES];
};

extern struct gdb_session gdb;

static inline bool gdb_is_attached(const struct guest *g)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): guests[] is full up to its count */
	return gdb.attached >> g->id & 1;
}

/* All attached guests stop; the first reason of several is told. */
void gdb_stop(struct guest *g, uint8_t signal, const char *reason, gva_t address);

/* Stops those attached that have begun to run; which will be told when one has. */
void gdb_stop_all(uint8_t signal);

void gdb_attach(struct guest *g);
void gdb_detach(struct guest *g);

/* The session ends: all it is attached to run on as if it had never been. */
void gdb_leave(void);

/* Runs g, one instruction if is_step. */
void gdb_resume(struct guest *g, bool is_step);

/* Carries out the packet in link.in; the reply is begun and not ended. False: none (yet). */
bool gdb_command(struct gdb_session *s);

/* The packets that begin with q, Q. */
bool gdb_query(struct gdb_session *s);

/* A thread of a packet: 0 is any, -1 all (both NULL). False: no such guest. */
bool gdb_take_thread(const char **at, struct guest **g);

void gdb_error(struct gdb_link *l, int err);

#endif
