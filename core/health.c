/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a guest may be restarted, and when it is hung: the rules. */
#include "core/health.h"

#include "core/lib.h"

static void forget_old(struct health_restarts *r, uint64_t now_ns)
{
	unsigned old = 0;

	while (old < r->count && now_ns - r->at_ns[old] >= HEALTH_WINDOW_NS)
		old++;
	r->count -= old;
	memmove(r->at_ns, r->at_ns + old, r->count * sizeof(r->at_ns[0]));
}

/* What made it die may pass, if it is given the time. */
static uint64_t pause_after(unsigned restarts)
{
	uint64_t pause = HEALTH_FIRST_PAUSE_NS;

	if (restarts == 0)
		return 0;
	while (--restarts && pause < HEALTH_LONGEST_PAUSE_NS)
		pause *= 2;
	return MIN(pause, HEALTH_LONGEST_PAUSE_NS);
}

bool health_take_restart(struct health_restarts *r, unsigned max, uint64_t now_ns,
			 uint64_t *pause_ns)
{
	*pause_ns = 0;
	if (max == 0)
		return true;
	forget_old(r, now_ns);
	if (r->count >= MIN(max, CONFIG_RESTARTS_MAX))
		return false;
	*pause_ns = pause_after(r->count);
	r->at_ns[r->count++] = now_ns;
	return true;
}

void health_start_watch(struct health_watch *w, const struct health_sample *s)
{
	w->last = *s;
	w->silent_ns = 0;
}

bool health_look(struct health_watch *w, const struct health_sample *s, uint64_t limit_ns)
{
	uint64_t passed = s->now_ns - w->last.now_ns, waited = s->waited_ns - w->last.waited_ns;

	if (s->waited_ns < w->last.waited_ns)
		waited = s->waited_ns;
	passed -= MIN(waited, passed);
	if (!s->is_away)
		w->silent_ns += MIN(passed, limit_ns / HEALTH_LOOKS);
	if (s->is_asleep || s->signs != w->last.signs)
		w->silent_ns = 0;
	w->worst_ns = MAX(w->worst_ns, w->silent_ns);
	w->last = *s;
	return w->silent_ns >= limit_ns;
}
