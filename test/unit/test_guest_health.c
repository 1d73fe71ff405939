/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what follows from a guest's end: restarts and their limits, escalation, the watchdog. */
/* unit-sources: core/guest_health.c core/health.c core/timerq.c core/trace.c */
#include "core/guest_health.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/guest.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/monitor.h"
#include "core/sched.h"
#include "test/unit/unit.h"

#define MS(n)  ((n)*NSEC_PER_MSEC)
#define SEC(n) ((n)*NSEC_PER_SEC)

static struct guest g;
static struct cpu cpu;
static struct config_guest config;
static struct regs regs;
static struct lguest_data data;
static uint64_t now_ns, waited_ns;
static unsigned fails, power_offs;
static char said[1024], printed[2048];
static jmp_buf off;

bool guests_unsettled;

uint64_t clock_now_ns(void)
{
	return now_ns;
}

void clock_add_timer(struct cpu *c, struct timer *t, uint64_t deadline_ns)
{
	timerq_add(&c->timers, t, deadline_ns);
}

void clock_remove_timer(struct timer *t)
{
	timerq_remove(t);
}

uint64_t sched_waited_ns(const struct guest *who)
{
	assert_ptr_equal(who, &g);
	return waited_ns;
}

static void keep_words(char *to, size_t size, const char *fmt, va_list ap)
{
	size_t used = strlen(to);

	vsnprintf(to + used, size - used, fmt, ap);
}

void guest_fail(struct guest *who, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(who->reason, sizeof(who->reason), fmt, ap);
	va_end(ap);
	who->state = GUEST_DEAD;
	fails++;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_words(said, sizeof(said), fmt, ap);
	va_end(ap);
}

void monitor_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_words(printed, sizeof(printed), fmt, ap);
	va_end(ap);
}

const char *guest_state_name(enum guest_state state)
{
	return state == GUEST_DEAD ? "dead" : "running";
}

void machine_power_off(void)
{
	power_offs++;
	longjmp(off, 1);
}

static int setup(void **state)
{
	memset(&g, 0, sizeof(g));
	config = (struct config_guest){
		.name = "unit", .on_crash = CONFIG_CRASH_RESTART, .restarts = {.max = 3}};
	data = (struct lguest_data){0};
	g.config = &config;
	g.cpu = &cpu;
	g.vcpu.regs = &regs;
	g.state = GUEST_RUNNING;
	g.has_run = true;
	timerq_init(&cpu.timers);
	now_ns = SEC(10);
	waited_ns = 0;
	fails = power_offs = 0;
	said[0] = printed[0] = '\0';
	guests_unsettled = false;
	return 0;
}

static void expect_said(const char *part)
{
	if (!strstr(said, part))
		fail_msg("not said: %s; but: %s", part, said);
	said[0] = '\0';
}

static void expect_events(uint32_t crashes, uint32_t bites, uint32_t restarts, uint32_t refused)
{
	const uint32_t *n = g.health.events;

	assert_int_equal(n[HEALTH_CRASH], crashes);
	assert_int_equal(n[HEALTH_BITE], bites);
	assert_int_equal(n[HEALTH_RESTART], restarts);
	assert_int_equal(n[HEALTH_LIMIT], refused);
}

static void pass(uint64_t ns)
{
	uint64_t end = now_ns + ns;
	struct timer *t;

	while (timerq_next(&cpu.timers) <= end) {
		now_ns = MAX(now_ns, timerq_next(&cpu.timers));
		t = timerq_pop_due(&cpu.timers, now_ns);
		t->expired(t, now_ns);
	}
	now_ns = end;
}

/* Dies, and is dealt with; true if it is to be started again, once its pause is over. */
static bool crash(void)
{
	g.state = GUEST_DEAD;
	g.wants_restart = false;
	if (!setjmp(off))
		guest_health_crashed(&g);
	guest_health_end(&g);
	return g.wants_restart;
}

static void live_again(void)
{
	g.state = GUEST_RUNNING;
	guest_health_start(&g);
}

/* ---- restarts ---- */

static void on_crash_says_what_follows(void **state)
{
	config.on_crash = CONFIG_CRASH_STOP;
	assert_false(crash());
	expect_events(1, 0, 0, 0);
	config.on_crash = CONFIG_CRASH_POWEROFF;
	assert_false(crash());
	assert_int_equal(power_offs, 1);
	config.on_crash = CONFIG_CRASH_RESTART;
	assert_true(crash());
	expect_events(3, 0, 1, 0);
	expect_said("restart 1 of 3 within a minute, in 0 ms");
	assert_int_equal(power_offs, 1);
}

static void restarts_wait_longer_and_end(void **state)
{
	static const uint32_t pauses_ms[] = {0, 100, 200};

	for (unsigned i = 0; i < ARRAY_SIZE(pauses_ms); i++) {
		assert_true(crash());
		assert_int_equal(guest_health_pauses(&g.health), pauses_ms[i] != 0);
		if (pauses_ms[i])
			pass(MS(pauses_ms[i]) - 1);
		assert_false(guests_unsettled);
		pass(1);
		assert_int_equal(guests_unsettled, pauses_ms[i] != 0);
		assert_false(guest_health_pauses(&g.health));
		guests_unsettled = false;
		live_again();
	}
	said[0] = '\0';
	assert_false(crash());
	expect_said("restarted 3 times within a minute, which is the limit: it stays dead");
	expect_events(4, 0, 3, 1);
	pass(SEC(59));
	assert_false(crash());
	expect_events(5, 0, 3, 1);
}

static void a_limit_may_end_the_machine(void **state)
{
	config.restarts.then_poweroff = true;
	for (unsigned i = 0; i < 3; i++)
		assert_true(crash());
	assert_int_equal(power_offs, 0);
	assert_false(crash());
	assert_int_equal(power_offs, 1);
	expect_said("which is the limit: the machine is powered off");
}

/* What an order forgets: who is told to start the guest begins anew. */
static void orders_begin_anew(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		crash();
	assert_true(g.health.is_over_limit);
	guest_health_forget(&g);
	assert_false(g.health.is_over_limit);
	assert_true(crash());
	assert_false(guest_health_pauses(&g.health));
	assert_true(crash());
	assert_true(guest_health_pauses(&g.health));
	guest_health_forget(&g);
	assert_false(guest_health_pauses(&g.health));
}

static void any_number_of_restarts(void **state)
{
	config.restarts.max = 0;
	for (unsigned i = 0; i < 200; i++) {
		assert_true(crash());
		assert_false(guest_health_pauses(&g.health));
	}
	expect_events(200, 0, 200, 0);
	assert_string_equal(said, "");
}

/* An image that cannot be loaded cannot be loaded the next time either. */
static void never_ran(void **state)
{
	g.has_run = false;
	assert_false(crash());
	expect_events(1, 0, 0, 0);
	config.on_crash = CONFIG_CRASH_POWEROFF;
	assert_false(crash());
	assert_int_equal(power_offs, 1);
}

static void a_guest_may_ask_itself(void **state)
{
	for (unsigned i = 0; i < 3; i++)
		assert_true(guest_health_allows(&g, "new kernel"));
	assert_int_equal(fails, 0);
	assert_false(guest_health_allows(&g, "new kernel"));
	assert_int_equal(fails, 1);
	assert_string_equal(g.reason, "asks for one restart more than the 3 within a minute that "
				      "restarts= allows: new kernel");
	/* which ends it for good, and is told as any limit is */
	said[0] = '\0';
	assert_false(crash());
	expect_said("it stays dead");
	expect_events(1, 0, 3, 1);
	setup(NULL);
	config.restarts.max = 1;
	assert_true(guest_health_allows(&g, ""));
	assert_false(guest_health_allows(&g, ""));
	assert_non_null(strstr(g.reason, "restarts= allows"));
	assert_null(strstr(g.reason, ": "));
}

/* ---- the watchdog ---- */

static void start_watched(uint32_t ms)
{
	config.watchdog_ms = ms;
	g.data = &data;
	guest_health_start(&g);
}

static void silence_is_bitten(void **state)
{
	start_watched(100);
	regs.eip = 0xC0DE;
	data.irq_enabled = X86_EFLAGS_IF;
	data.blocked_interrupts = 0x10;
	g.irqs = 1;
	pass(MS(99));
	assert_int_equal(fails, 0);
	pass(MS(2));
	assert_int_equal(fails, 1);
	assert_string_equal(g.reason,
			    "watchdog: no interrupt taken and no HALT for 100 ms, watchdog=100 "
			    "allows no more; eip 0x0000c0de, interrupts on, pending 0x1, blocked "
			    "0x10");
	expect_events(0, 1, 0, 0);
	pass(SEC(5));
	assert_int_equal(fails, 1);
}

static void before_its_first_call_it_is_watched_too(void **state)
{
	start_watched(100);
	g.data = NULL;
	pass(MS(101));
	assert_int_equal(fails, 1);
	assert_non_null(strstr(g.reason, "interrupts off, pending 0x0, blocked 0x0"));
}

static void signs_of_life(void **state)
{
	start_watched(100);
	for (unsigned i = 0; i < 20; i++) {
		pass(MS(60));
		if (i % 2)
			g.injected++;
		else
			g.hypercalls[LHCALL_HALT]++;
	}
	g.state = GUEST_HALTED; /* asleep for as long as it likes */
	pass(SEC(5));
	g.state = GUEST_STALLED; /* waits for its console: not its own time */
	pass(SEC(5));
	g.state = GUEST_RUNNING;
	g.paused = GUEST_PAUSED_BY_MONITOR;
	pass(SEC(5));
	guest_health_resume(&g);
	g.paused = 0;
	pass(MS(70));
	assert_int_equal(fails, 0);
	pass(MS(40));
	assert_int_equal(fails, 1);
}

/* Once it feeds by its call nothing else counts, in this life. */
static void fed_by_its_call(void **state)
{
	start_watched(100);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(guest_health_feed(&g), 100);
		pass(MS(60));
	}
	assert_int_equal(fails, 0);
	g.injected++;
	g.state = GUEST_HALTED;
	pass(MS(101));
	assert_int_equal(fails, 1);
	assert_non_null(strstr(g.reason, "not fed by its call"));
	live_again();
	assert_false(g.health.is_fed_by_call);
	g.state = GUEST_HALTED;
	pass(SEC(1));
	assert_int_equal(fails, 1);
}

static void others_time_is_not_its_own(void **state)
{
	start_watched(100);
	for (unsigned i = 0; i < 40; i++) {
		pass(MS(10));
		waited_ns += MS(9);
	}
	assert_int_equal(fails, 0);
}

static void without_a_watchdog(void **state)
{
	guest_health_start(&g);
	assert_int_equal(timerq_next(&cpu.timers), TIMER_NEVER);
	assert_int_equal(guest_health_feed(&g), 0);
}

static void no_watch_over_the_dead(void **state)
{
	start_watched(100);
	g.state = GUEST_OFF;
	pass(MS(30));
	assert_int_equal(timerq_next(&cpu.timers), TIMER_NEVER);
	live_again();
	config.on_crash = CONFIG_CRASH_STOP;
	crash();
	assert_int_equal(timerq_next(&cpu.timers), TIMER_NEVER);
	pass(SEC(1));
	assert_int_equal(fails, 0);
}

/* A bite is a crash as well, and is restarted as one. */
static void bites_escalate(void **state)
{
	start_watched(100);
	for (unsigned i = 0; i < 3; i++) {
		pass(MS(150));
		assert_int_equal(g.state, GUEST_DEAD);
		assert_true(crash());
		pass(SEC(1));
		live_again();
	}
	pass(MS(150));
	assert_false(crash());
	expect_events(4, 4, 3, 1);
}

/* ---- shown ---- */

static void shown(void **state)
{
	start_watched(100);
	pass(MS(150));
	crash();
	pass(MS(10));
	crash();
	pass(MS(50));
	guest_health_print(&g);
	assert_non_null(strstr(printed, "guest \"unit\": dead, life 0, 2 crashes, 1 by its "
					"watchdog; 2 restarts, 0 refused\n  last 0.050 s ago; died "
					"of: watchdog: "));
	assert_non_null(strstr(printed, "  waits to be restarted\n"));
	assert_non_null(strstr(printed, "  restarts: 2 of 3 within a minute, then stop\n"));
	assert_non_null(strstr(printed, "  watchdog: 100 ms, fed by interrupts and HALT; the "
					"longest silence was 100 ms\n"));
	printed[0] = '\0';
	guest_health_print_raw(&g);
	assert_string_equal(printed, "guest.unit.health.crashes 2\nguest.unit.health.bites 1\n"
				     "guest.unit.health.restarts 2\nguest.unit.health.refused 0\n"
				     "guest.unit.health.worst_silence_ms 100\n");
	crash();
	crash();
	printed[0] = '\0';
	config.restarts.then_poweroff = g.health.is_fed_by_call = true;
	guest_health_print(&g);
	assert_non_null(strstr(printed, "then poweroff; the limit is reached\n"));
	assert_non_null(strstr(printed, "fed by its call"));
	setup(NULL);
	config.restarts.max = 0;
	guest_health_print(&g);
	assert_string_equal(printed, "guest \"unit\": running, life 0, 0 crashes, 0 by its "
				     "watchdog; 0 restarts, 0 refused\n");
}

#define HEALTH_TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEALTH_TEST(on_crash_says_what_follows),
		HEALTH_TEST(restarts_wait_longer_and_end),
		HEALTH_TEST(a_limit_may_end_the_machine),
		HEALTH_TEST(orders_begin_anew),
		HEALTH_TEST(any_number_of_restarts),
		HEALTH_TEST(never_ran),
		HEALTH_TEST(a_guest_may_ask_itself),
		HEALTH_TEST(silence_is_bitten),
		HEALTH_TEST(before_its_first_call_it_is_watched_too),
		HEALTH_TEST(signs_of_life),
		HEALTH_TEST(fed_by_its_call),
		HEALTH_TEST(others_time_is_not_its_own),
		HEALTH_TEST(without_a_watchdog),
		HEALTH_TEST(no_watch_over_the_dead),
		HEALTH_TEST(bites_escalate),
		HEALTH_TEST(shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
