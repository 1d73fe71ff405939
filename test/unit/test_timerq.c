/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the timer queue against a list without order. */
/* unit-sources: core/timerq.c */
#include "core/timerq.h"

#include <string.h>

#include "test/unit/unit.h"

#define TIMERS 24

/* What the queue must hold: for each timer its deadline and when it was queued. */
struct model {
	struct timer_queue q;
	struct timer timer[TIMERS];
	bool queued[TIMERS];
	uint64_t deadline[TIMERS];
	unsigned long order[TIMERS], clock;
};

static int earliest(const struct model *m)
{
	int best = -1;

	for (int i = 0; i < TIMERS; i++) {
		if (!m->queued[i])
			continue;
		if (best < 0 || m->deadline[i] < m->deadline[best] ||
		    (m->deadline[i] == m->deadline[best] && m->order[i] < m->order[best]))
			best = i;
	}
	return best;
}

static void check(const struct model *m)
{
	int first = earliest(m);
	unsigned count = 0, linked = 0;

	assert_true(timerq_next(&m->q) == (first < 0 ? TIMER_NEVER : m->deadline[first]));
	for (int i = 0; i < TIMERS; i++) {
		assert_true(timer_is_queued(&m->timer[i]) == m->queued[i]);
		count += m->queued[i];
	}
	for (const struct timer *t = m->q.head.next; t != &m->q.head; t = t->next) {
		assert_ptr_equal(t->next->prev, t);
		linked++;
	}
	assert_int_equal(linked, count);
}

static void add(struct model *m, unsigned i, uint64_t deadline)
{
	timerq_add(&m->q, &m->timer[i], deadline);
	m->queued[i] = true;
	m->deadline[i] = deadline;
	m->order[i] = ++m->clock;
}

static void pop(struct model *m, uint64_t now)
{
	struct timer *t = timerq_pop_due(&m->q, now);
	int first = earliest(m);

	if (first < 0 || m->deadline[first] > now) {
		assert_null(t);
		return;
	}
	assert_ptr_equal(t, &m->timer[first]);
	m->queued[first] = false;
}

static void test_random_operations(void **state)
{
	static const uint64_t spread[] = {4, 1000, UINT64_MAX};
	struct unit_random r = {7};

	for (int round = 0; round < 60; round++) {
		struct model m = {.clock = 0};

		timerq_init(&m.q);
		check(&m);
		for (int step = 0; step < 2000; step++) {
			unsigned i = unit_random(&r) % TIMERS;
			uint64_t when = unit_random(&r) % spread[round % 3];

			switch (unit_random(&r) % 4) {
			case 0:
			case 1:
				add(&m, i, when);
				break;
			case 2:
				timerq_remove(&m.timer[i]);
				m.queued[i] = false;
				break;
			default:
				pop(&m, when);
			}
			check(&m);
		}
		while (earliest(&m) >= 0)
			pop(&m, UINT64_MAX);
		check(&m);
	}
}

static void test_equal_deadlines_in_order_of_queueing(void **state)
{
	struct model m = {.clock = 0};

	timerq_init(&m.q);
	for (unsigned i = 0; i < TIMERS; i++)
		add(&m, (i * 7) % TIMERS, 100);
	add(&m, 7, 100); /* queued again: now the last */
	for (unsigned i = 0; i < TIMERS; i++)
		pop(&m, 100);
	check(&m);
	assert_int_equal(earliest(&m), -1);
}

static void test_bounds(void **state)
{
	struct model m = {.clock = 0};

	timerq_init(&m.q);
	assert_null(timerq_pop_due(&m.q, UINT64_MAX));
	timerq_remove(&m.timer[0]); /* not queued: nothing happens */
	add(&m, 0, TIMER_NEVER);
	add(&m, 1, TIMER_NEVER);
	add(&m, 2, 0);
	check(&m);
	pop(&m, 0);
	assert_null(timerq_pop_due(&m.q, UINT64_MAX - 1));
	pop(&m, UINT64_MAX);
	pop(&m, UINT64_MAX);
	check(&m);
}

/* A periodic timer queues itself again from its own callback. */
static void test_due_is_inclusive_and_popped_timers_may_be_queued_again(void **state)
{
	struct timer_queue q;
	struct timer t = {.deadline_ns = 0};

	timerq_init(&q);
	for (uint64_t now = 10; now < 100; now += 10) {
		timerq_add(&q, &t, now);
		assert_null(timerq_pop_due(&q, now - 1));
		assert_ptr_equal(timerq_pop_due(&q, now), &t);
		assert_false(timer_is_queued(&t));
	}
	assert_true(timerq_next(&q) == TIMER_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_operations),
		cmocka_unit_test(test_equal_deadlines_in_order_of_queueing),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_due_is_inclusive_and_popped_timers_may_be_queued_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
