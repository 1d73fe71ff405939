/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of events, the words that choose them, and counters of exits. */
/* unit-sources: core/trace.c core/trace_words.c core/options.c */
#include "core/counters.h"
#include "core/errno.h"
#include "core/trace.h"
#include "core/trace_words.h"
#include "test/unit/unit.h"

static struct trace_event events[TRACE_EVENTS];

static int setup(void **state)
{
	trace_ring.events = events;
	trace_clear();
	trace_mask = TRACE_ALL;
	return 0;
}

static void test_an_event_is_as_it_was_recorded(void **state)
{
	uint64_t before = rdtsc();
	const struct trace_event *e;
	uint64_t tsc;

	trace(TRACE_CALL, 3, 14, 0x1234);
	assert_int_equal(trace_count(), 1);
	e = trace_event(0);
	assert_int_equal(e->kind, TRACE_CALL);
	assert_int_equal(e->guest, 3);
	assert_int_equal(e->a, 14);
	assert_int_equal(e->b, 0x1234);
	tsc = (uint64_t)e->tsc_high << 32 | e->tsc;
	assert_true(tsc >= (before & ((1ull << 48) - 1)));
	assert_true(tsc <= (rdtsc() & ((1ull << 48) - 1)));
}

static void test_only_kinds_in_the_mask_are_recorded(void **state)
{
	trace_mask = 1u << TRACE_IDLE;
	for (unsigned kind = 0; kind < TRACE_KINDS; kind++)
		trace(kind, TRACE_NOBODY, kind, 0);
	assert_int_equal(trace_count(), 1);
	assert_int_equal(trace_event(0)->kind, TRACE_IDLE);
	assert_int_equal(trace_event(0)->guest, TRACE_NOBODY);
}

static void test_off_nothing_is_touched(void **state)
{
	trace_mask = 0;
	trace_ring.events = NULL; /* never switched on: a write would crash */
	for (unsigned kind = 0; kind < TRACE_KINDS; kind++)
		trace(kind, 0, 0, 0);
	assert_int_equal(trace_ring.total, 0);
}

static void test_a_full_ring_keeps_the_newest_in_order(void **state)
{
	const uint32_t more = 1000;

	for (uint32_t i = 0; i < TRACE_EVENTS + more; i++)
		trace(TRACE_RAISE, 0, i, 0);
	assert_int_equal(trace_count(), TRACE_EVENTS);
	assert_int_equal(trace_ring.total, TRACE_EVENTS + more);
	for (uint32_t n = 0; n < TRACE_EVENTS; n++)
		assert_int_equal(trace_event(n)->a, more + n);
	trace_clear();
	assert_int_equal(trace_count(), 0);
}

/* Events that 32 bits cannot count. */
static void test_the_count_passes_32_bits(void **state)
{
	trace_ring.total = UINT32_MAX;
	trace(TRACE_RAISE, 0, 1, 0);
	trace(TRACE_RAISE, 0, 2, 0);
	assert_int_equal(trace_count(), TRACE_EVENTS);
	assert_int_equal(trace_event(TRACE_EVENTS - 2)->a, 1);
	assert_int_equal(trace_event(TRACE_EVENTS - 1)->a, 2);
}

static void test_words(void **state)
{
	static const struct {
		const char *text;
		uint32_t kinds;
		bool dump;
	} good[] = {
		{"on", TRACE_ALL, false},
		{"off", 0, false},
		{"dump", 0, true},
		{"on,dump", TRACE_ALL, true},
		{"guest", 1u << TRACE_ENTER | 1u << TRACE_LEAVE, false},
		{"timers,calls",
		 1u << TRACE_TIMER | 1u << TRACE_FIRED | 1u << TRACE_CALL | 1u << TRACE_CALL_END,
		 false},
		{"guest,calls,traps,interrupts,timers,sched,devices", TRACE_ALL, false},
	};
	static const char *const bad[] = {"",       "yes",    "on,",         ",on",
					  "on,,on", "guests", "guest calls", "ON"};
	struct trace_wish wish;

	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(trace_words_parse(slice_of(good[i].text), &wish), 0);
		assert_int_equal(wish.kinds, good[i].kinds);
		assert_int_equal(wish.dump_at_end, good[i].dump);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		wish = (struct trace_wish){.kinds = 5, .dump_at_end = true};
		assert_int_equal(trace_words_parse(slice_of(bad[i]), &wish), -EINVAL);
		assert_int_equal(wish.kinds, 5);
		assert_true(wish.dump_at_end);
	}
}

static void test_words_are_printed_as_they_are_read(void **state)
{
	char text[80];

	trace_words_print(TRACE_ALL, text, sizeof(text));
	assert_string_equal(text, "guest,calls,traps,interrupts,timers,sched,devices");
	trace_words_print(0, text, sizeof(text));
	assert_string_equal(text, "off");
	trace_words_print(1u << TRACE_IRQ, text, sizeof(text));
	assert_string_equal(text, "interrupts");
	trace_words_print(TRACE_ALL, text, 8); /* cut, not overrun */
	assert_string_equal(text, "guest,c");
}

static void test_an_exit_is_charged_to_what_it_was_for(void **state)
{
	struct cpu_counters c = {0};
	struct guest_counters g = {0};
	struct counter *call = &g.exits[COUNTER_CALL + 14];

	c.exit = &c.none;
	for (unsigned i = 0; i < 3; i++) {
		counters_enter(&c);
		counters_leave(&c, &g);
		c.exit = call;
	}
	counters_stop(&c);
	counters_stop(&c); /* there is nothing more to charge */
	assert_int_equal(call->count, 3);
	assert_true(call->ticks >= call->worst_ticks && call->worst_ticks > 0);
	assert_true(g.ticks > 0);
	assert_int_equal(g.exits[COUNTER_OTHER].count, 0);
	counters_enter(&c);
	counters_leave(&c, &g);
	counters_other(&c, &g);
	counters_enter(&c); /* nobody knew better */
	assert_int_equal(g.exits[COUNTER_OTHER].count, 1);
	assert_int_equal(call->count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_an_event_is_as_it_was_recorded, setup),
		cmocka_unit_test_setup(test_only_kinds_in_the_mask_are_recorded, setup),
		cmocka_unit_test_setup(test_off_nothing_is_touched, setup),
		cmocka_unit_test_setup(test_a_full_ring_keeps_the_newest_in_order, setup),
		cmocka_unit_test_setup(test_the_count_passes_32_bits, setup),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_are_printed_as_they_are_read),
		cmocka_unit_test(test_an_exit_is_charged_to_what_it_was_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
