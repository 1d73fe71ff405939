/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from a guest's crashes and hangs: restarts, within limits, and its watchdog. */
#ifndef GATEHOUSE_CORE_GUEST_HEALTH_H
#define GATEHOUSE_CORE_GUEST_HEALTH_H

#include "core/health.h"
#include "core/timerq.h"

struct guest;

enum guest_health_event {
	HEALTH_CRASH,   /* it died, and not by order; a bite is one too */
	HEALTH_BITE,    /* its watchdog's */
	HEALTH_RESTART, /* that was not ordered: after a crash, or the guest asked for it */
	HEALTH_LIMIT,   /* one more than restarts= allows */
	HEALTH_EVENTS,
};

/* Over all lives. */
struct guest_health {
	uint32_t events[HEALTH_EVENTS];
	uint64_t since_ns; /* the last of them */
	struct health_restarts restarts;
	bool is_over_limit;  /* the end it comes to now is the last one */
	uint64_t pause_ns;   /* until the restart that is due */
	struct timer timer;  /* of the watchdog; of one that ended: the pause */
	bool is_fed_by_call; /* in this life: GH_WATCHDOG was made, and counts alone */
	uint32_t feeds;      /* how often */
	struct health_watch watch;
};

/* A life begins to run: its watchdog does too. */
void guest_health_start(struct guest *g);

/* Runs again after a pause that was not its own doing, which does not count as silence. */
void guest_health_resume(struct guest *g);

/* GH_WATCHDOG: returns watchdog= in milliseconds, 0 without. */
uint32_t guest_health_feed(struct guest *g);

/* Whether the guest may have the restart that it asks for; if not, it is dead. */
bool guest_health_allows(struct guest *g, const char *message);

/*
 * A dead guest whose end is not by order: powers the machine off, or sets
 * wants_restart, or leaves it dead, by on-crash= and restarts=.
 */
void guest_health_crashed(struct guest *g);

/* It ended: no watchdog; and what it wants next, if it wants a restart, waits for its pause. */
void guest_health_end(struct guest *g);

/* Whether a restart that is due has to wait. */
static inline bool guest_health_pauses(const struct guest_health *h)
{
	return timer_is_queued(&h->timer);
}

/* Whoever gives orders begins anew: no limit is reached, no pause under way. */
void guest_health_forget(struct guest *g);

/* For the monitor; raw: for programs. */
void guest_health_print(const struct guest *g);
void guest_health_print_raw(const struct guest *g);

#endif
