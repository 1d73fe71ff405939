/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from a guest's crashes and hangs: restarts, within limits, and its watchdog. */
#include "core/guest_health.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/div64.h"
#include "core/guest.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/monitor.h"
#include "core/sched.h"

static void count(struct guest *g, enum guest_health_event event)
{
	trace(TRACE_HEALTH, g->id, event, ++g->health.events[event]);
	g->health.since_ns = clock_now_ns();
}

static uint32_t ms(uint64_t ns)
{
	return (uint32_t)div64_u32(ns, NSEC_PER_MSEC, NULL);
}

/* ---- the watchdog ---- */

static uint64_t limit_ns(const struct guest *g)
{
	return g->config->watchdog_ms * NSEC_PER_MSEC;
}

static struct health_sample sample(const struct guest *g)
{
	bool by_call = g->health.is_fed_by_call;

	return (struct health_sample){
		.now_ns = clock_now_ns(),
		.waited_ns = sched_waited_ns(g),
		.signs = by_call ? g->health.feeds : g->injected + g->hypercalls[LHCALL_HALT],
		.is_asleep = !by_call && g->state == GUEST_HALTED,
		.is_away = g->paused || g->state == GUEST_STALLED,
	};
}

static void bite(struct guest *g)
{
	bool has_data = g->data != NULL;

	count(g, HEALTH_BITE);
	guest_fail(g,
		   "watchdog: %s for %u ms, watchdog=%u allows no more; eip 0x%08x, interrupts %s, "
		   "pending 0x%x, blocked 0x%x",
		   g->health.is_fed_by_call ? "not fed by its call"
					    : "no interrupt taken and no HALT",
		   ms(g->health.watch.silent_ns), g->config->watchdog_ms, g->vcpu.regs->eip,
		   has_data && READ_ONCE(g->data->irq_enabled) & X86_EFLAGS_IF ? "on" : "off",
		   g->irqs, has_data ? READ_ONCE(g->data->blocked_interrupts) : 0);
}

static void look(struct timer *t, uint64_t now_ns)
{
	struct guest *g = container_of(t, struct guest, health.timer);
	struct health_sample s = sample(g);

	(void)now_ns; /* it may be some microseconds ago */
	if (g->state != GUEST_RUNNING && g->state != GUEST_HALTED && g->state != GUEST_STALLED)
		return;
	if (health_look(&g->health.watch, &s, limit_ns(g)))
		bite(g);
	else
		clock_add_timer(g->cpu, t, s.now_ns + limit_ns(g) / HEALTH_LOOKS);
}

void guest_health_start(struct guest *g)
{
	struct health_sample s;

	g->health.is_fed_by_call = false;
	if (!g->config->watchdog_ms)
		return;
	s = sample(g);
	health_start_watch(&g->health.watch, &s);
	g->health.timer.expired = look;
	look(&g->health.timer, s.now_ns);
}

void guest_health_resume(struct guest *g)
{
	struct health_sample s = sample(g);

	s.is_away = true;
	health_look(&g->health.watch, &s, UINT64_MAX);
}

uint32_t guest_health_feed(struct guest *g)
{
	g->health.is_fed_by_call = true;
	g->health.feeds++;
	return g->config->watchdog_ms;
}

/* ---- restarts ---- */

/* False: one too many. */
static bool take_restart(struct guest *g)
{
	struct guest_health *h = &g->health;
	unsigned max = g->config->restarts.max;

	if (!health_take_restart(&h->restarts, max, clock_now_ns(), &h->pause_ns)) {
		h->is_over_limit = true;
		count(g, HEALTH_LIMIT);
		return false;
	}
	count(g, HEALTH_RESTART);
	if (max)
		log_info("guest \"%s\": restart %u of %u within a minute, in %u ms", guest_name(g),
			 h->restarts.count, max, ms(h->pause_ns));
	return true;
}

bool guest_health_allows(struct guest *g, const char *message)
{
	if (take_restart(g))
		return true;
	guest_fail(
		g,
		"asks for one restart more than the %u within a minute that restarts= allows%s%s",
		g->config->restarts.max, message[0] ? ": " : "", message);
	return false;
}

void guest_health_crashed(struct guest *g)
{
	enum config_on_crash todo = g->config->on_crash;
	bool was_over = g->health.is_over_limit;

	count(g, HEALTH_CRASH);
	if (todo == CONFIG_CRASH_RESTART && !g->has_run)
		todo = CONFIG_CRASH_STOP; /* it will not be loaded the next time either */
	if (was_over || (todo == CONFIG_CRASH_RESTART && !take_restart(g))) {
		todo = g->config->restarts.then_poweroff ? CONFIG_CRASH_POWEROFF
							 : CONFIG_CRASH_STOP;
		log_error("guest \"%s\": restarted %u times within a minute, which is the limit: "
			  "%s",
			  guest_name(g), g->config->restarts.max,
			  g->config->restarts.then_poweroff ? "the machine is powered off"
							    : "it stays dead");
	}
	if (todo == CONFIG_CRASH_POWEROFF)
		machine_power_off();
	g->wants_restart = todo == CONFIG_CRASH_RESTART;
}

static void pause_over(struct timer *t, uint64_t now_ns)
{
	(void)t;
	(void)now_ns;
	guests_unsettled = true;
}

void guest_health_end(struct guest *g)
{
	struct guest_health *h = &g->health;

	clock_remove_timer(&h->timer);
	h->timer.expired = pause_over;
	if (g->wants_restart && h->pause_ns)
		clock_add_timer(g->cpu, &h->timer, clock_now_ns() + h->pause_ns);
	h->pause_ns = 0;
}

void guest_health_forget(struct guest *g)
{
	clock_remove_timer(&g->health.timer);
	g->health.restarts.count = 0;
	g->health.is_over_limit = false;
	g->health.pause_ns = 0;
}

/* ---- shown ---- */

static void print_limits(const struct guest *g)
{
	const struct config_restarts *r = &g->config->restarts;

	if (r->max)
		monitor_print("  restarts: %u of %u within a minute, then %s%s\n",
			      g->health.restarts.count, r->max,
			      r->then_poweroff ? "poweroff" : "stop",
			      g->health.is_over_limit ? "; the limit is reached" : "");
	if (g->config->watchdog_ms)
		monitor_print("  watchdog: %u ms, fed by %s; the longest silence was %u ms\n",
			      g->config->watchdog_ms,
			      g->health.is_fed_by_call ? "its call" : "interrupts and HALT",
			      ms(g->health.watch.worst_ns));
}

void guest_health_print(const struct guest *g)
{
	const uint32_t *n = g->health.events;
	uint32_t ago = ms(clock_now_ns() - g->health.since_ns);

	monitor_print("guest \"%s\": %s, life %u, %u crashes, %u by its watchdog; %u restarts, %u "
		      "refused\n",
		      guest_name(g), guest_state_name(g->state), g->lives, n[HEALTH_CRASH],
		      n[HEALTH_BITE], n[HEALTH_RESTART], n[HEALTH_LIMIT]);
	if (g->health.since_ns)
		monitor_print("  last %u.%03u s ago%s%s\n", ago / 1000, ago % 1000,
			      g->reason[0] ? "; died of: " : "", g->reason);
	if (guest_health_pauses(&g->health) && g->wants_restart)
		monitor_print("  waits to be restarted\n");
	print_limits(g);
}

void guest_health_print_raw(const struct guest *g)
{
	static const char *const names[] = {"crashes", "bites", "restarts", "refused"};

	for (unsigned i = 0; i < HEALTH_EVENTS; i++)
		monitor_print("guest.%s.health.%s %u\n", guest_name(g), names[i],
			      g->health.events[i]);
	monitor_print("guest.%s.health.worst_silence_ms %u\n", guest_name(g),
		      ms(g->health.watch.worst_ns));
}
