/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves virtual interrupts: which one, when, irq_pending exact, HALT. */
/* unit-sources: core/virq.c core/timerq.c core/trace.c */
#include "test/unit/virq_fixture.h"

static void check_choice(const struct virq_state *s)
{
	struct virq_choice c = virq_choose(s);
	int first = -1, due = 0;

	for (int n = 31; n >= 0; n--) {
		if (s->pending & 1u << n && !(s->blocked & 1u << n)) {
			first = n;
			due++;
		}
	}
	if (!s->enabled || s->in_noirq) {
		assert_int_equal(c.deliver, -1);
		assert_int_equal(c.held, due > 0);
		assert_int_equal(c.set_pending, due > 0);
	} else {
		assert_int_equal(c.deliver, first);
		assert_false(c.held);
		assert_int_equal(c.set_pending, due > 1);
	}
}

static void test_choice_of_all_small_masks(void **state)
{
	static const unsigned shifts[] = {0, 13, 26};

	for (unsigned i = 0; i < 3 * 4 * 4096; i++) {
		unsigned shift = shifts[i / (4 * 4096)];
		struct virq_state s = {
			.pending = (i & 63) << shift,
			.blocked = (i >> 6 & 63) << shift,
			.enabled = i >> 12 & 1,
			.in_noirq = i >> 13 & 1,
		};

		check_choice(&s);
		s.blocked = ~s.blocked;
		check_choice(&s);
	}
}

static void test_choice_of_random_masks(void **state)
{
	struct unit_random r = {11};

	for (int i = 0; i < 200000; i++) {
		struct virq_state s = {
			.pending = (uint32_t)(unit_random(&r) & unit_random(&r)),
			.blocked = (uint32_t)unit_random(&r),
			.enabled = i & 1,
			.in_noirq = i & 2,
		};

		check_choice(&s);
	}
}

static void start_randomly(struct unit_random *r)
{
	start(GATE_NONE);
	for (unsigned n = 0; n < LGUEST_IRQS; n++)
		set_gate(n, unit_random(r) % 8 ? 1 + unit_random(r) % 3 / 2 : GATE_NONE);
	g.irqs = (uint32_t)(unit_random(r) & unit_random(r));
	data.blocked_interrupts = (uint32_t)(unit_random(r) & unit_random(r));
	data.irq_enabled = unit_random(r) % 4 ? PENDING : 0;
	data.irq_pending = unit_random(r) % 2 ? PENDING : 0;
	regs.eip = NOIRQ_START - 8 + unit_random(r) % (NOIRQ_END - NOIRQ_START + 16);
	regs.cs = unit_random(r) % 4 ? LGUEST_CS : 0x73;
}

/* One virq_deliver() in a random state against the rules of guest-interface.md section 3. */
static void check_delivery(struct unit_random *r)
{
	bool enabled, noirq;
	unsigned expected = 0;
	uint32_t irqs, due;

	start_randomly(r);
	irqs = due = g.irqs;
	due &= ~data.blocked_interrupts;
	for (unsigned n = 0; n < LGUEST_IRQS; n++)
		due &= gates[n] == GATE_NONE ? ~(1u << n) : ~0u; /* cannot be: holds back nobody */
	noirq = (regs.cs & 3) == 1 && regs.eip >= NOIRQ_START && regs.eip <= NOIRQ_END;
	enabled = data.irq_enabled;
	virq_deliver(&g);
	while (due && enabled && !noirq) {
		unsigned n = (unsigned)__builtin_ctz(due);

		assert_true(expected < deliveries);
		assert_int_equal(delivered[expected++], n);
		enabled = gates[n] == GATE_OF_TRAP;
		due &= ~(1u << n);
		irqs &= ~(1u << n);
	}
	assert_int_equal(deliveries, expected);
	assert_int_equal(g.injected, expected);
	assert_int_equal(g.irqs, irqs);
	assert_int_equal(data.irq_pending, due ? PENDING : 0);
	if (due) /* held: looked at again within 100 us */
		assert_true(timerq_next(&cpu.timers) <= NOW_NS + 100 * NSEC_PER_USEC);
	assert_int_equal(data.irq_enabled, enabled ? PENDING : 0);
}

static void test_random_deliveries(void **state)
{
	struct unit_random r = {12};

	for (int i = 0; i < 100000; i++)
		check_delivery(&r);
}

static void test_trap_gates_nest_all_at_once(void **state)
{
	start(GATE_OF_TRAP);
	g.irqs = UINT32_MAX;
	virq_deliver(&g);
	assert_int_equal(deliveries, LGUEST_IRQS);
	assert_int_equal(g.irqs, 0);
	assert_int_equal(data.irq_pending, 0);
	assert_int_equal(data.time_sec, 1234567890);
	assert_int_equal(data.time_nsec, 987654321);
}

static void test_interrupt_gates_come_one_by_one(void **state)
{
	start(GATE_OF_INTERRUPT);
	g.irqs = 0x80000009;
	for (unsigned i = 1; i <= 3; i++) {
		virq_deliver(&g);
		assert_int_equal(deliveries, i);
		assert_int_equal(data.irq_pending, i < 3 ? PENDING : 0);
		virq_deliver(&g); /* still in the handler: nothing new */
		assert_int_equal(deliveries, i);
		data.irq_enabled = PENDING;
	}
	assert_int_equal(delivered[0], 0);
	assert_int_equal(delivered[1], 3);
	assert_int_equal(delivered[2], 31);
	virq_deliver(&g);
	assert_int_equal(deliveries, 3);
	assert_int_equal(data.irq_pending, 0);
}

/* lguest left irq_pending set for good: here it goes when the reason goes. */
static void test_irq_pending_clears_when_the_interrupt_is_blocked_meanwhile(void **state)
{
	start(GATE_OF_INTERRUPT);
	data.irq_enabled = 0;
	g.irqs = 1;
	virq_deliver(&g);
	assert_int_equal(data.irq_pending, PENDING);
	data.blocked_interrupts = 1;
	virq_deliver(&g);
	assert_int_equal(data.irq_pending, 0);
	assert_int_equal(g.irqs, 1);
}

static void test_no_handler_keeps_it_pending(void **state)
{
	start(GATE_NONE);
	g.irqs = 4;
	virq_deliver(&g);
	assert_int_equal(g.irqs, 4);
	assert_int_equal(g.injected, 0);
	assert_int_equal(data.irq_pending, 0);
	set_gate(2, GATE_OF_INTERRUPT);
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
	assert_int_equal(g.irqs, 0);
}

static void test_gates_of_other_vectors_count_for_nothing(void **state)
{
	start(GATE_NONE);
	for (unsigned v = 0; v < 256; v++)
		if (v < LGUEST_FIRST_VECTOR || v >= LGUEST_FIRST_VECTOR + LGUEST_IRQS)
			virq_gate_changed(&g, v, true);
	gates[0] = gates[31] = GATE_OF_TRAP;
	g.irqs = UINT32_MAX;
	virq_deliver(&g);
	assert_int_equal(deliveries, 0);
	set_gate(31, GATE_OF_TRAP);
	set_gate(0, GATE_OF_TRAP);
	set_gate(0, GATE_NONE);
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
	assert_int_equal(delivered[0], 31);
}

static void test_bad_stack_ends_delivery(void **state)
{
	start(GATE_OF_TRAP);
	stack_is_bad = true;
	g.irqs = UINT32_MAX;
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
	assert_int_equal(g.state, GUEST_DEAD);
}

static void test_only_the_interrupt_bit_of_irq_enabled_counts(void **state)
{
	start(GATE_OF_INTERRUPT);
	data.irq_enabled = ~PENDING;
	g.irqs = 1;
	virq_deliver(&g);
	assert_int_equal(deliveries, 0);
	data.irq_enabled = UINT32_MAX;
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
}

static void expect_at(uint32_t cs, uint32_t eip, bool is_delivered)
{
	regs.cs = cs;
	regs.eip = eip;
	data.irq_enabled = PENDING;
	deliveries = 0;
	g.irqs = 1;
	virq_deliver(&g);
	assert_int_equal(deliveries, is_delivered);
	assert_int_equal(data.irq_pending, is_delivered ? 0 : PENDING);
	assert_true(is_delivered || timer_is_queued(&g.hold));
}

static void test_ends_of_the_noirq_range(void **state)
{
	start(GATE_OF_INTERRUPT);
	expect_at(LGUEST_CS, NOIRQ_START - 1, true);
	expect_at(LGUEST_CS, NOIRQ_START, false);
	expect_at(LGUEST_CS, NOIRQ_END, false);
	expect_at(LGUEST_CS, NOIRQ_END + 1, true);
	expect_at(0x73, NOIRQ_START, true);      /* ring 3 is never there */
	g.noirq_start = g.noirq_end = NOIRQ_END; /* noirq_iret of 4.1 and later */
	expect_at(LGUEST_CS, NOIRQ_END - 1, true);
	expect_at(LGUEST_CS, NOIRQ_END, false);
	expect_at(LGUEST_CS, NOIRQ_END + 1, true);
	g.noirq_start = g.noirq_end = 0; /* none */
	expect_at(LGUEST_CS, 0, true);
	expect_at(LGUEST_CS, NOIRQ_END, true);
}

static void test_before_init_nothing_happens(void **state)
{
	start(GATE_OF_INTERRUPT);
	g.data = NULL;
	g.irqs = 1;
	virq_deliver(&g);
	virq_raise(&g, 1);
	assert_int_equal(g.irqs, 3);
	assert_int_equal(deliveries, 0);
	g.state = GUEST_HALTED;
	virq_raise(&g, 1);
	assert_int_equal(woken, 0);
	virq_halt(&g);
	assert_int_equal(fails, 1); /* nothing could wake it */
}

static void test_halt_sleeps_until_an_interrupt_is_due(void **state)
{
	for (unsigned n = 0; n < LGUEST_IRQS; n++) {
		start(GATE_OF_INTERRUPT);
		data.irq_enabled = 0;
		data.blocked_interrupts = ~(1u << n);
		virq_halt(&g);
		assert_int_equal(g.state, GUEST_HALTED);
		assert_int_equal(stopped, 1);
		virq_raise(&g, (n + 1) % 32); /* blocked: sleeps on */
		assert_int_equal(g.state, GUEST_HALTED);
		assert_int_equal(woken, 0);
		virq_raise(&g, n);
		assert_int_equal(g.state, GUEST_RUNNING);
		assert_int_equal(woken, 1);
		assert_int_equal(data.irq_enabled, PENDING);
		virq_deliver(&g);
		assert_int_equal(deliveries, 1);
		assert_int_equal(delivered[0], n);
	}
}

static void test_halt_with_something_due_goes_on(void **state)
{
	start(GATE_OF_INTERRUPT);
	data.irq_enabled = 0;
	g.irqs = 2;
	virq_halt(&g);
	assert_int_equal(g.state, GUEST_RUNNING);
	assert_int_equal(stopped, 0);
	assert_int_equal(data.irq_enabled, PENDING);
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
}

static void test_raising_does_not_revive(void **state)
{
	static const enum guest_state states[] = {GUEST_CREATED, GUEST_LOADING, GUEST_STALLED,
						  GUEST_DEAD, GUEST_OFF};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		start(GATE_OF_INTERRUPT);
		g.state = states[i];
		virq_raise(&g, 5);
		assert_int_equal(g.state, states[i]);
		assert_int_equal(woken, 0);
	}
}

/* A guest that blocks an interrupt is looked at again, ever more seldom. */
static void test_blocked_waits_grow(void **state)
{
	uint64_t before = 0;

	start(GATE_OF_INTERRUPT);
	g.irqs = data.blocked_interrupts = 1;
	for (unsigned i = 0; i < 40; i++) {
		virq_deliver(&g);
		assert_true(timer_is_queued(&g.hold));
		virq_deliver(&g); /* is waiting already */
		assert_true(g.hold.deadline_ns >= before);
		before = g.hold.deadline_ns;
		timerq_remove(&g.hold);
		g.hold.expired(&g.hold, before);
	}
	assert_in_range(before - NOW_NS, 1, NSEC_PER_SEC);
	data.blocked_interrupts = 0;
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
	assert_int_equal(g.blocked_wait_ns, 0);
}

static void test_lowered_before_it_is_delivered(void **state)
{
	start(GATE_OF_TRAP);
	virq_raise(&g, 3);
	virq_raise(&g, 4);
	virq_lower(&g, 3);
	virq_deliver(&g);
	assert_int_equal(deliveries, 1);
	assert_int_equal(delivered[0], 4);
}

/* What would not end ends; what has no handler after all stays. */
static void test_delivery_ends(void **state)
{
	start(GATE_OF_TRAP);
	g.irqs = comes_again = true;
	virq_deliver(&g);
	assert_int_equal(deliveries, LGUEST_IRQS);
	start(GATE_OF_TRAP);
	gates[0] = GATE_NONE;
	g.irqs = 1;
	virq_deliver(&g);
	assert_int_equal(deliveries, 0);
	assert_int_equal(g.irqs, 1);
}

/* What the fast tier delivered is told by a word that the guest can write: only what pends counts.
 */
static void test_taken_by_the_fast_tier(void **state)
{
	start(GATE_OF_TRAP);
	set_gate(9, GATE_NONE);
	for (unsigned n = 3; n < 10; n += 3)
		virq_raise(&g, n);
	g.vcpu.entry.fast_irqs = 1u << 3 | 1u << 5 | 1u << 9;
	virq_took(&g);
	assert_int_equal(g.irqs, 1u << 6 | 1u << 9);
	assert_int_equal(g.vcpu.fast.irqs, 1u << 6);
	assert_int_equal(g.vcpu.entry.fast_irqs, 0);
	assert_int_equal(g.injected, 1);
	assert_int_equal(g.counters.injected[3], 1);
	g.vcpu.entry.fast_irqs = ~0u;
	g.blocked_wait_ns = 1;
	virq_took(&g);
	assert_int_equal(g.irqs, 1u << 9);
	assert_int_equal(g.injected, 2);
	assert_int_equal(g.blocked_wait_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice_of_all_small_masks),
		cmocka_unit_test(test_taken_by_the_fast_tier),
		cmocka_unit_test(test_choice_of_random_masks),
		cmocka_unit_test(test_random_deliveries),
		cmocka_unit_test(test_trap_gates_nest_all_at_once),
		cmocka_unit_test(test_interrupt_gates_come_one_by_one),
		cmocka_unit_test(test_irq_pending_clears_when_the_interrupt_is_blocked_meanwhile),
		cmocka_unit_test(test_no_handler_keeps_it_pending),
		cmocka_unit_test(test_gates_of_other_vectors_count_for_nothing),
		cmocka_unit_test(test_bad_stack_ends_delivery),
		cmocka_unit_test(test_only_the_interrupt_bit_of_irq_enabled_counts),
		cmocka_unit_test(test_ends_of_the_noirq_range),
		cmocka_unit_test(test_before_init_nothing_happens),
		cmocka_unit_test(test_halt_sleeps_until_an_interrupt_is_due),
		cmocka_unit_test(test_halt_with_something_due_goes_on),
		cmocka_unit_test(test_raising_does_not_revive),
		cmocka_unit_test(test_blocked_waits_grow),
		cmocka_unit_test(test_lowered_before_it_is_delivered),
		cmocka_unit_test(test_delivery_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
