/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What whoever sits at the monitor may ask of a guest, whatever state it is in. */
#include "core/guest_order.h"

#include "core/gdb.h"
#include "core/guest.h"

static const char gdb_has_it[] = "is still stopped by gdb; `resume` it again to let it run anyway";

static bool has_ended(const struct guest *g)
{
	return g->state == GUEST_DEAD || g->state == GUEST_OFF;
}

/* By way of SHUTDOWN: its devices are let go first, so nothing of it has two lives. */
static void end(struct guest *g, bool restart)
{
	guest_resume(g, GUEST_PAUSED_BY_MONITOR);
	guest_health_forget(g);
	g->is_settled = false;
	guest_shutdown(g, restart, "by the monitor");
}

const char *guest_order_start(struct guest *g)
{
	if (!has_ended(g) || (g->wants_restart && !guest_health_pauses(&g->health)))
		return "was started already";
	if (!g->has_devices)
		return "cannot be started: its devices could not be made when Gatehouse started";
	end(g, true);
	return NULL;
}

const char *guest_order_restart(struct guest *g)
{
	if (has_ended(g))
		return guest_order_start(g);
	end(g, true);
	return NULL;
}

const char *guest_order_stop(struct guest *g)
{
	if (g->state == GUEST_OFF && !g->wants_restart)
		return "is off already";
	end(g, false);
	return NULL;
}

const char *guest_order_kill(struct guest *g)
{
	if (has_ended(g) && !g->wants_restart)
		return g->state == GUEST_DEAD ? "is dead already" : "is off, and has no memory";
	guest_resume(g, GUEST_PAUSED_BY_MONITOR);
	g->wants_restart = g->is_settled = false;
	g->stays_dead = true;
	guest_fail(g, "killed by the monitor");
	return NULL;
}

const char *guest_order_pause(struct guest *g)
{
	if (has_ended(g))
		return g->state == GUEST_DEAD ? "is dead" : "is off";
	if (g->paused & GUEST_PAUSED_BY_MONITOR)
		return "is paused already";
	guest_pause(g, GUEST_PAUSED_BY_MONITOR);
	return NULL;
}

const char *guest_order_resume(struct guest *g)
{
	if (!g->paused)
		return "is not paused";
	if (!(g->paused & GUEST_PAUSED_BY_MONITOR)) {
		gdb_let_go(g);
		return NULL;
	}
	guest_resume(g, GUEST_PAUSED_BY_MONITOR);
	return g->paused ? gdb_has_it : NULL;
}
