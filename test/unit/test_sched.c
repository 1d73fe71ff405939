/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the scheduler on a simulated CPU: weights, sleepers, idleness. */
/* unit-sources: core/sched.c core/timerq.c core/trace.c */
#include "core/sched.h"

#include <string.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "test/unit/unit.h"

#define MS(n)   ((n)*NSEC_PER_MSEC)
#define US(n)   ((n)*NSEC_PER_USEC)
#define MAX_SIM 8

struct guest *guests[CONFIG_MAX_GUESTS];
unsigned guest_count;

/* How one guest behaves: runs that long, sleeps that long, over and over. */
static struct sim {
	struct guest guest;
	struct config_guest config;
	uint64_t run_ns, sleep_ns; /* sleep 0: never sleeps */
	uint64_t left_ns;          /* of the present run */
	struct timer alarm;
	uint64_t woken_ns, worst_wait_ns; /* from waking to running */
} sims[MAX_SIM];

static struct cpu cpu;
static uint64_t now;

uint64_t clock_now_ns(void)
{
	return now;
}

void clock_add_timer(struct cpu *c, struct timer *t, uint64_t deadline_ns)
{
	timerq_add(&c->timers, t, deadline_ns);
}

void clock_remove_timer(struct timer *t)
{
	timerq_remove(t);
}

static void alarm_rings(struct timer *t, uint64_t now_ns)
{
	struct sim *s = container_of(t, struct sim, alarm);

	s->left_ns = s->run_ns;
	s->woken_ns = now_ns;
	s->guest.state = GUEST_RUNNING;
	sched_woken(&s->guest);
}

static void start(void)
{
	memset(sims, 0, sizeof(sims));
	memset(&cpu, 0, sizeof(cpu));
	guest_count = 0;
	now = 12345;
	timerq_init(&cpu.timers);
	sched_init(&cpu);
}

/* A guest that runs from now on; asleep_ns: it sleeps that long first. */
static struct sim *add(uint32_t weight, uint64_t run_ns, uint64_t sleep_ns, uint64_t asleep_ns)
{
	struct sim *s = &sims[guest_count];

	s->guest.weight = weight;
	s->guest.config = &s->config;
	s->guest.cpu = &cpu;
	s->guest.id = guest_count;
	s->guest.state = GUEST_HALTED;
	s->run_ns = run_ns;
	s->sleep_ns = sleep_ns;
	s->alarm.expired = alarm_rings;
	guests[guest_count++] = &s->guest;
	clock_add_timer(&cpu, &s->alarm, now + asleep_ns);
	return s;
}

static void run_timers(void)
{
	struct timer *t;

	while ((t = timerq_pop_due(&cpu.timers, now)) != NULL)
		t->expired(t, now);
}

static void sleep_now(struct sim *s)
{
	s->guest.state = GUEST_HALTED;
	sched_stopped(&s->guest);
	clock_add_timer(&cpu, &s->alarm, now + s->sleep_ns);
}

/* The main loop of core/loop.c, with the guests' instructions left out. */
static void simulate(uint64_t for_ns)
{
	uint64_t end = now + for_ns;

	while (now < end) {
		struct guest *g;
		struct sim *s;
		uint64_t next;

		run_timers();
		g = sched_pick(&cpu);
		next = MIN(timerq_next(&cpu.timers), end);
		if (!g) {
			now = next;
			cpu.must_pick = true;
			continue;
		}
		assert_int_equal(g->state, GUEST_RUNNING);
		s = container_of(g, struct sim, guest);
		if (s->woken_ns)
			s->worst_wait_ns = MAX(s->worst_wait_ns, now - s->woken_ns);
		s->woken_ns = 0;
		if (s->sleep_ns)
			next = MIN(next, now + s->left_ns);
		s->left_ns -= s->sleep_ns ? next - now : 0;
		now = next;
		if (s->sleep_ns && !s->left_ns)
			sleep_now(s);
	}
	cpu.must_pick = true; /* so that everything is charged */
	sched_pick(&cpu);
}

static void assert_near(uint64_t is, uint64_t must, uint64_t tolerance)
{
	if (is + tolerance < must || is > must + tolerance)
		fail_msg("%llu us, not %llu +- %llu", (unsigned long long)is / 1000,
			 (unsigned long long)must / 1000, (unsigned long long)tolerance / 1000);
}

static void check_weights(const uint32_t *weights, unsigned count)
{
	uint64_t total = 0;

	start();
	for (unsigned i = 0; i < count; i++) {
		add(weights[i], 1, 0, 0);
		total += weights[i];
	}
	simulate(MS(10000));
	for (unsigned i = 0; i < count; i++)
		assert_near(sims[i].guest.run_ns, MS(10000) * weights[i] / total, MS(100));
	assert_true(cpu.idle_ns == 0);
}

static void test_weights_within_one_percent(void **state)
{
	check_weights((const uint32_t[]){100}, 1);
	check_weights((const uint32_t[]){100, 100}, 2);
	check_weights((const uint32_t[]){100, 200, 700}, 3);
	check_weights((const uint32_t[]){1, 1, 1, 1, 1, 1, 1, 1}, 8);
	check_weights((const uint32_t[]){50, 1000, 3, 999, 10, 400}, 6);
	check_weights((const uint32_t[]){1, 10000}, 2);
}

/* A guest that wants little gets it, at once, and the busy one all the rest. */
static void test_interactive_guest_beside_a_busy_one(void **state)
{
	struct sim *busy, *light;

	start();
	busy = add(100, 1, 0, 0);
	light = add(100, US(500), MS(10), 0);
	simulate(MS(10000));
	assert_near(light->guest.run_ns, MS(10000) * 500 / 10500, MS(20));
	assert_near(busy->guest.run_ns + light->guest.run_ns, MS(10000), US(1));
	assert_true(light->worst_wait_ns <= MS(5));
}

/* A guest's time is all run, wait and sleep; the others' running is what it waits for. */
static void test_waiting_is_accounted(void **state)
{
	struct sim *light;

	start();
	for (unsigned i = 0; i < 3; i++)
		add(100, 1, 0, 0);
	simulate(MS(3000));
	for (unsigned i = 0; i < 3; i++)
		assert_near(sims[i].guest.counters.wait_ns, MS(2000), MS(20));
	start();
	add(100, 1, 0, 0);
	light = add(100, MS(1), MS(9), 0);
	simulate(MS(1000));
	assert_true(light->guest.counters.wait_ns <= light->worst_wait_ns * 100);
	assert_near(sims[0].guest.counters.wait_ns, light->guest.run_ns, MS(1));
	start();
	add(100, MS(1), MS(9), 0);
	simulate(MS(1000));
	assert_int_equal(sims[0].guest.counters.wait_ns, 0);
}

/* Whatever pattern of sleeping a guest tries, the busy one keeps its half (but for 5 %). */
static void test_no_pattern_of_sleeping_starves_the_busy(void **state)
{
	static const uint64_t times[] = {US(1), US(100), US(900), MS(2),
					 MS(3), MS(5),   MS(7),   MS(40)};

	for (size_t r = 0; r < ARRAY_SIZE(times); r++) {
		for (size_t s = 0; s < ARRAY_SIZE(times); s++) {
			struct sim *busy;

			if (times[r] + times[s] < US(50))
				continue; /* nothing but switching */
			start();
			busy = add(100, 1, 0, 0);
			add(100, times[r], times[s], 0);
			simulate(MS(1000));
			if (busy->guest.run_ns < MS(450))
				fail_msg(
					"run %llu us, sleep %llu us: the busy guest had %llu ms of "
					"1000",
					(unsigned long long)times[r] / 1000,
					(unsigned long long)times[s] / 1000,
					(unsigned long long)busy->guest.run_ns / 1000000);
		}
	}
}

/* Three busy guests and one that slept for 10 s: it does not get the 10 s back. */
static void test_long_sleep_saves_nothing_up(void **state)
{
	uint64_t before[3];

	start();
	for (unsigned i = 0; i < 3; i++)
		add(100, 1, 0, 0);
	add(100, 1, 0, MS(10000));
	simulate(MS(10000));
	for (unsigned i = 0; i < 3; i++)
		before[i] = sims[i].guest.run_ns;
	simulate(MS(200));
	for (unsigned i = 0; i < 3; i++)
		assert_true(sims[i].guest.run_ns - before[i] >= MS(40));
	assert_true(sims[3].guest.run_ns <= MS(70));
}

/*
 * The same with one busy guest. It runs alone, so there is no slice timer and
 * no pick: its time must be charged before the sleeper's floor is computed.
 */
static void test_long_sleep_beside_a_lone_guest_saves_nothing_up(void **state)
{
	start();
	add(100, 1, 0, 0);
	add(100, 1, 0, MS(10000));
	simulate(MS(10200));
	if (sims[1].guest.run_ns > MS(120))
		fail_msg("after the lone guest's 10 s the sleeper had %llu of 200 ms",
			 (unsigned long long)sims[1].guest.run_ns / 1000000);
}

static void test_halted_guests_cost_nothing(void **state)
{
	struct sim *busy;

	start();
	busy = add(100, 1, 0, 0);
	for (int i = 0; i < 4; i++)
		add(10000, 1, MS(1), MS(100000));
	simulate(MS(1000));
	assert_true(busy->guest.run_ns == MS(1000));
	assert_false(timer_is_queued(&cpu.slice)); /* no slices for a guest alone: no exits */
	for (unsigned i = 1; i < 5; i++)
		assert_true(sims[i].guest.run_ns == 0);
}

static void test_idle_time_is_accounted(void **state)
{
	uint64_t sum;

	start();
	add(100, MS(1), MS(9), MS(3));
	add(300, MS(2), MS(18), MS(5));
	simulate(MS(1003));
	sum = sims[0].guest.run_ns + sims[1].guest.run_ns + cpu.idle_ns;
	assert_true(sum == MS(1003));
	assert_near(sims[0].guest.run_ns, MS(98), MS(8));
	assert_near(sims[1].guest.run_ns, MS(98), MS(8));
}

static void test_nobody_to_run(void **state)
{
	start();
	assert_null(sched_pick(&cpu));
	add(100, 1, 0, MS(1));
	assert_null(sched_pick(&cpu));
	sims[0].guest.state = GUEST_DEAD;
	cpu.must_pick = true;
	assert_null(sched_pick(&cpu));
}

/* What stopped is never picked again, whatever it had left of its slice. */
static void test_stopped_guest_is_left_at_once(void **state)
{
	start();
	add(100, 1, 0, 0);
	add(100, 1, 0, 0);
	simulate(MS(20));
	sims[0].guest.state = GUEST_DEAD;
	sched_stopped(&sims[0].guest);
	simulate(MS(20));
	assert_ptr_equal(sched_pick(&cpu), &sims[1].guest);
	sims[1].guest.state = GUEST_OFF;
	sched_stopped(&sims[1].guest);
	assert_null(sched_pick(&cpu));
}

/* A sleeper whose devices have work runs it; nobody is overlooked, whatever its number. */
static void test_sleeper_with_work_is_considered(void **state)
{
	struct guest *g;

	start();
	add(100, 1, 0, MS(1));
	g = &sims[0].guest;
	guests[0] = NULL;
	guests[40] = g;
	g->id = 40;
	assert_null(sched_pick(&cpu));
	g->devices.work_left = true;
	sched_consider(g);
	cpu.must_pick = true;
	assert_ptr_equal(sched_pick(&cpu), g);
	g->devices.work_left = false;
	sched_stopped(g);
	assert_null(sched_pick(&cpu));
}

/* The timer of a slice that ended early serves the next one, which is as long as any. */
static void test_slices_are_whole(void **state)
{
	uint64_t begun;

	start();
	for (unsigned i = 0; i < 3; i++)
		add(100, 1, 0, 0);
	begun = now;
	run_timers(); /* they wake */
	sched_pick(&cpu);
	now = begun + MS(3);
	cpu.current->state = GUEST_HALTED;
	sched_stopped(cpu.current);
	assert_non_null(sched_pick(&cpu));
	assert_true(cpu.slice.deadline_ns == begun + MS(5)); /* the hardware is left alone */
	now = begun + MS(5);
	run_timers();
	assert_false(cpu.must_pick);
	now = begun + MS(8) - 1;
	run_timers();
	assert_false(cpu.must_pick);
	now = begun + MS(8);
	run_timers();
	assert_true(cpu.must_pick);
	sched_pick(&cpu);
	assert_true(cpu.slice.deadline_ns == begun + MS(13));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights_within_one_percent),
		cmocka_unit_test(test_slices_are_whole),
		cmocka_unit_test(test_interactive_guest_beside_a_busy_one),
		cmocka_unit_test(test_waiting_is_accounted),
		cmocka_unit_test(test_no_pattern_of_sleeping_starves_the_busy),
		cmocka_unit_test(test_long_sleep_saves_nothing_up),
		cmocka_unit_test(test_long_sleep_beside_a_lone_guest_saves_nothing_up),
		cmocka_unit_test(test_halted_guests_cost_nothing),
		cmocka_unit_test(test_idle_time_is_accounted),
		cmocka_unit_test(test_nobody_to_run),
		cmocka_unit_test(test_stopped_guest_is_left_at_once),
		cmocka_unit_test(test_sleeper_with_work_is_considered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
