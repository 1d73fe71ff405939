/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the limit on restarts against a plain list of them, and all turns of the watchdog. */
/* unit-sources: core/health.c */
#include "core/health.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/unit.h"

#define MS(n)  ((n)*NSEC_PER_MSEC)
#define SEC(n) ((n)*NSEC_PER_SEC)

/* ---- restarts ---- */

static struct health_restarts restarts;

static void take(unsigned max, uint64_t now_ns, uint64_t pause_ns)
{
	uint64_t pause = 1;

	assert_true(health_take_restart(&restarts, max, now_ns, &pause));
	assert_int_equal(pause, pause_ns);
}

static void refuse(unsigned max, uint64_t now_ns)
{
	uint64_t pause;

	assert_false(health_take_restart(&restarts, max, now_ns, &pause));
}

static int setup(void **state)
{
	(void)state;
	memset(&restarts, 0, sizeof(restarts));
	return 0;
}

static void exactly_so_many_a_minute(void **state)
{
	(void)state;
	for (unsigned max = 1; max <= CONFIG_RESTARTS_MAX; max++) {
		uint64_t pause;

		restarts.count = 0;
		for (unsigned n = 0; n < max; n++)
			assert_true(health_take_restart(&restarts, max, SEC(100), &pause));
		refuse(max, SEC(100));
		refuse(max, SEC(160) - 1);
	}
}

static void pause_doubles(void **state)
{
	static const unsigned expected_ms[] = {0, 100, 200, 400, 800, 1000, 1000, 1000};

	(void)state;
	for (unsigned n = 0; n < ARRAY_SIZE(expected_ms); n++)
		take(30, SEC(5), MS(expected_ms[n]));
}

static void oldest_is_forgotten_first(void **state)
{
	(void)state;
	take(2, SEC(0), 0);
	take(2, SEC(30), MS(100));
	refuse(2, SEC(60) - 1);
	take(2, SEC(60), MS(100));
	refuse(2, SEC(90) - 1);
	take(2, SEC(90), MS(100));
}

static void minute_of_peace_ends_the_pauses(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5; n++)
		take(5, SEC(10), n ? MS(100) << (n - 1) : 0);
	take(5, SEC(70), 0);
	assert_int_equal(restarts.count, 1);
}

static void refusal_is_not_counted(void **state)
{
	(void)state;
	take(1, SEC(0), 0);
	for (unsigned n = 1; n < 60; n++)
		refuse(1, SEC(n));
	take(1, SEC(60), 0);
}

static void any_number(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 1000; n++)
		take(0, SEC(1), 0);
	assert_int_equal(restarts.count, 0);
}

/* Whatever the times are: never more than max within any minute, and no refusal with fewer. */
static void as_a_list_would(void **state)
{
	static uint64_t made[2000];

	(void)state;
	srand(7);
	for (unsigned max = 1; max <= CONFIG_RESTARTS_MAX; max += 7) {
		uint64_t now = 0, pause;
		unsigned count = 0;

		restarts.count = 0;
		for (unsigned n = 0; n < ARRAY_SIZE(made); n++) {
			unsigned within = 0;

			now += (uint64_t)rand() % (SEC(120) / max);
			for (unsigned i = count; i > 0 && now - made[i - 1] < SEC(60); i--)
				within++;
			assert_int_equal(health_take_restart(&restarts, max, now, &pause),
					 within < max);
			if (within < max)
				made[count++] = now;
		}
	}
}

/* ---- the watchdog ---- */

static struct health_watch watch;
static struct health_sample now;

/* One look some time later, with nothing else changed but what the caller sets in now. */
static bool look_after(unsigned ms)
{
	now.now_ns += MS(ms);
	return health_look(&watch, &now, MS(100));
}

/* As the timer does it: looks 25 ms apart, and one at the end. */
static bool bites_within(unsigned ms)
{
	bool bites = false;

	for (; ms > 25 && !bites; ms -= 25)
		bites = look_after(25);
	return bites || look_after(ms);
}

static int setup_watch(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	now = (struct health_sample){.now_ns = SEC(9), .waited_ns = SEC(3), .signs = 17};
	health_start_watch(&watch, &now);
	return 0;
}

static void bites_after_its_time(void **state)
{
	(void)state;
	assert_false(bites_within(99));
	assert_true(look_after(1));
	assert_int_equal(watch.silent_ns, MS(100));
}

static void sign_feeds(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 100; n++) {
		assert_false(bites_within(75));
		now.signs += n & 1 ? 1 : -5;
		assert_false(look_after(24));
		assert_int_equal(watch.silent_ns, 0);
	}
	assert_int_equal(watch.worst_ns, MS(75));
	assert_false(bites_within(99));
	assert_true(look_after(1));
}

/* The machine stood still, and the guest with it: it gets its looks all the same. */
static void late_look_counts_as_one_in_time(void **state)
{
	(void)state;
	for (unsigned n = 0; n < HEALTH_LOOKS - 1; n++)
		assert_false(look_after(5000));
	assert_true(look_after(5000));
}

static void late_look_with_a_sign(void **state)
{
	(void)state;
	now.signs++;
	assert_false(look_after(5000));
	assert_false(bites_within(99));
	assert_true(look_after(1));
}

static void sleep_feeds(void **state)
{
	(void)state;
	now.is_asleep = true;
	assert_false(bites_within(10000));
	now.is_asleep = false;
	assert_false(bites_within(99));
	assert_true(look_after(1));
}

static void waiting_does_not_count(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 9; n++) {
		now.waited_ns += MS(990);
		assert_false(look_after(1000));
	}
	now.waited_ns += MS(990);
	assert_true(look_after(1000));
}

/* The figures need not fit together: a wait longer than all the time there was is all of it. */
static void waiting_too_much(void **state)
{
	(void)state;
	now.waited_ns += SEC(100);
	assert_false(look_after(1000));
	assert_int_equal(watch.silent_ns, 0);
}

/* `counters reset`: the wait begins at 0 again. */
static void waiting_begins_anew(void **state)
{
	(void)state;
	now.waited_ns = MS(15);
	assert_false(look_after(25));
	assert_int_equal(watch.silent_ns, MS(10));
}

static void away_does_not_count(void **state)
{
	(void)state;
	assert_false(bites_within(60));
	now.is_away = true;
	assert_false(bites_within(10000));
	assert_int_equal(watch.silent_ns, MS(60));
	now.is_away = false;
	assert_false(bites_within(39));
	assert_true(look_after(1));
}

static void sign_while_away(void **state)
{
	(void)state;
	assert_false(bites_within(90));
	now.is_away = true;
	now.signs++;
	assert_false(look_after(1000));
	now.is_away = false;
	assert_false(bites_within(99));
}

static void new_life_begins_anew(void **state)
{
	(void)state;
	assert_true(bites_within(100));
	now.now_ns += SEC(1);
	health_start_watch(&watch, &now);
	assert_false(bites_within(99));
	assert_true(look_after(1));
	assert_int_equal(watch.worst_ns, MS(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(exactly_so_many_a_minute, setup),
		cmocka_unit_test_setup(pause_doubles, setup),
		cmocka_unit_test_setup(oldest_is_forgotten_first, setup),
		cmocka_unit_test_setup(minute_of_peace_ends_the_pauses, setup),
		cmocka_unit_test_setup(refusal_is_not_counted, setup),
		cmocka_unit_test_setup(any_number, setup),
		cmocka_unit_test_setup(as_a_list_would, setup),
		cmocka_unit_test_setup(bites_after_its_time, setup_watch),
		cmocka_unit_test_setup(sign_feeds, setup_watch),
		cmocka_unit_test_setup(late_look_counts_as_one_in_time, setup_watch),
		cmocka_unit_test_setup(late_look_with_a_sign, setup_watch),
		cmocka_unit_test_setup(sleep_feeds, setup_watch),
		cmocka_unit_test_setup(waiting_does_not_count, setup_watch),
		cmocka_unit_test_setup(waiting_too_much, setup_watch),
		cmocka_unit_test_setup(waiting_begins_anew, setup_watch),
		cmocka_unit_test_setup(away_does_not_count, setup_watch),
		cmocka_unit_test_setup(sign_while_away, setup_watch),
		cmocka_unit_test_setup(new_life_begins_anew, setup_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
