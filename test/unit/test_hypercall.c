/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves hypercalls: numbers, arguments out of range, the ring's order and its budget. */
/* unit-sources: core/hypercall.c core/trace.c arch/x86/descriptor.c */
/* unit-flags: -include test/unit/fake_cpu.h */
#include "test/unit/hypercall_fixture.h"

/* ---- numbers and arguments ---- */

static void test_numbers(void **state)
{
	static const uint32_t gaps[] = {3, 11, 12, 20, 21, 0xFF, 0x104, 0x7FFFFFFF, 0xFFFFFFFF};

	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++) {
		call(gaps[i], 1, 2, 3, 4);
		assert_int_equal(fails, 1);
		assert_int_equal(regs.eax, gaps[i]);
	}
	for (uint32_t n = 0; n < 20; n++)
		assert_true((hypercall_name(n) == NULL) == (n == 3 || n == 11 || n == 12));
	assert_null(hypercall_name(20));
	call(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	call(LHCALL_SEND_INTERRUPTS, 0, 0, 0, 0);
	assert_int_equal(fails, 0);
	assert_int_equal(g.hypercalls[LHCALL_SEND_INTERRUPTS], 1);
}

static void test_before_init(void **state)
{
	g.data = NULL;
	for (uint32_t n = 0; n < 22; n++) {
		call(n, LHCALL_SHUTDOWN, 1, 1, 0);
		assert_int_equal(fails, n != LHCALL_LGUEST_INIT && n != LHCALL_SHUTDOWN &&
						n != LHCALL_NOTIFY);
	}
	call(LHCALL_GH_VERSION, 0, 0, 0, 0);
	assert_int_equal(fails, 0);
	assert_int_equal(regs.eax, LGUEST_GH_SIGNATURE);
	call(LHCALL_LGUEST_INIT, 0x1234, 0, 0, 0);
	assert_true(last.number == LHCALL_LGUEST_INIT && last.a == 0x1234);
}

static void test_shutdown(void **state)
{
	const uint32_t end = MEMORY - 8;

	memcpy(memory + 0x2000, "a\nb\x7F\x80", 6);
	call(LHCALL_SHUTDOWN, 0x2000, LGUEST_SHUTDOWN_POWEROFF, 0, 0);
	assert_string_equal(message, "a?b??");
	assert_int_equal(last.a, 0);
	memset(memory + end, 'x', 8); /* no NUL before the memory's end */
	call(LHCALL_SHUTDOWN, end, LGUEST_SHUTDOWN_RESTART, 0, 0);
	assert_string_equal(message, "xxxxxxxx");
	assert_int_equal(last.a, 1);
	memset(memory + 0x3000, 'y', 200); /* longer than anybody reads */
	call(LHCALL_SHUTDOWN, 0x3000, LGUEST_SHUTDOWN_POWEROFF, 0, 0);
	assert_int_equal(strlen(message), 79);
	call(LHCALL_SHUTDOWN, 0xC0000000, LGUEST_SHUTDOWN_RESTART, 0, 0);
	assert_string_equal(message, "");
	call(LHCALL_SHUTDOWN, 0, 0, 0, 0);
	assert_int_equal(fails, 1);
	call(LHCALL_SHUTDOWN, 0, 3, 0, 0);
	assert_int_equal(fails, 1);
}

/* Whether it may restart is the policy's to say; a kernel that panics switches off with its text.
 */
static void test_shutdown_policy(void **state)
{
	restart_refused = true;
	call(LHCALL_SHUTDOWN, 0xC0000000, LGUEST_SHUTDOWN_RESTART, 0, 0);
	assert_true(fails == 1 && !calls_made);
	restart_refused = false;
	strcpy((char *)memory + 0x2000, "Attempted to kill init!");
	g.state = GUEST_RUNNING;
	g.plan.is_bzimage = true;
	call(LHCALL_SHUTDOWN, 0x2000, LGUEST_SHUTDOWN_POWEROFF, 0, 0);
	assert_true(fails == 1 && !calls_made);
}

static void test_own_calls(void **state)
{
	call(LHCALL_GH_SYSENTER, 0xC0001000, 0, 0, 0);
	assert_true(regs.eax == 0 && g.vcpu.state.sysenter_eip == 0xC0001000);
	call(LHCALL_GH_SYSENTER, 1, 0, 0, 0);
	assert_int_equal(regs.eax, (uint32_t)-ENODEV);
	call(LHCALL_GH_WATCHDOG, 0, 0, 0, 0);
	assert_true(regs.eax == 77 && last.number == LHCALL_GH_WATCHDOG);
	is_test = true;
	call(LHCALL_GH_TEST, 1, 2, 3, 0);
	assert_true(regs.eax == 78 && last.a == 1 && last.b == 2 && last.c == 3);
	is_test = false;
	call(LHCALL_GH_TEST, 1, 2, 3, 0); /* unknown, but in test mode */
	assert_int_equal(fails, 1);
}

static void test_idt(void **state)
{
	static const uint8_t ignored[] = {2, 8, 15, LGUEST_TRAP_ENTRY};
	uint64_t trap = gate_make(0xC1234560, LGUEST_CS, GATE_TRAP, 3);

	for (unsigned type = 0; type < 32; type++) {
		uint64_t gate = gate_make(0xC1234560, LGUEST_CS, type, 3);
		bool is_good = type == GATE_TRAP || type == GATE_INTERRUPT;

		call(LHCALL_LOAD_IDT_ENTRY, 0x80, (uint32_t)gate, (uint32_t)(gate >> 32), 0);
		assert_int_equal(fails, !is_good);
		assert_int_equal(last.number, is_good ? LHCALL_LOAD_IDT_ENTRY : 0);
		gate &= ~DESC_PRESENT; /* not present: any type means none */
		call(LHCALL_LOAD_IDT_ENTRY, 0x80, (uint32_t)gate, (uint32_t)(gate >> 32), 0);
		assert_true(!fails && last.number == LHCALL_LOAD_IDT_ENTRY && !last.b);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		call(LHCALL_LOAD_IDT_ENTRY, ignored[i], (uint32_t)trap, (uint32_t)(trap >> 32), 0);
		assert_true(!fails && last.number == 0);
		assert_true(g.vcpu.idt[ignored[i]] == 0);
	}
	assert_true(g.nmi_gate == trap);
	call(LHCALL_LOAD_IDT_ENTRY, 2, 0, 0, 0);
	assert_true(g.nmi_gate == 0);
	call(LHCALL_LOAD_IDT_ENTRY, 255, (uint32_t)trap, (uint32_t)(trap >> 32), 0);
	assert_true(!fails && last.a == 255 && last.wide == trap && last.b);
	call(LHCALL_LOAD_IDT_ENTRY, 256, (uint32_t)trap, (uint32_t)(trap >> 32), 0);
	assert_int_equal(fails, 1);
	call(LHCALL_LOAD_IDT_ENTRY, 0x80000020, 0, 0, 0);
	assert_int_equal(fails, 1);
}

static void test_gdt(void **state)
{
	call(LHCALL_LOAD_GDT_ENTRY, 31, 0x11223344, 0x55667788, 0);
	assert_true(last.a == 31 && last.wide == 0x5566778811223344ull);
	call(LHCALL_LOAD_GDT_ENTRY, 32, 0, 0, 0);
	assert_true(fails == 1 && last.number == 0);
	call(LHCALL_LOAD_GDT_ENTRY, 0xFFFFFFFF, 0, 0, 0);
	assert_int_equal(fails, 1);
}

/* Through vcpu_set_descriptor(), which makes them harmless. */
static void test_tls(void **state)
{
	for (unsigned i = 0; i < 24; i++)
		memory[MEMORY - 24 + i] = (uint8_t)i;
	call(LHCALL_LOAD_TLS, MEMORY - 24, 0, 0, 0);
	assert_true(!fails && calls_made == 3 && last.a == 8);
	assert_true(g.vcpu.gdt_wishes[6] == 0x0706050403020100ull);
	assert_true(last.wide == 0x1716151413121110ull);
	assert_true(g.vcpu.state.gdt[6] == 0 && g.vcpu.state.gdt[8] == 0);
	for (uint32_t at = MEMORY - 23; at < MEMORY + 2; at++) {
		call(LHCALL_LOAD_TLS, at, 0, 0, 0);
		assert_int_equal(fails, 1);
	}
	call(LHCALL_LOAD_TLS, 0xFFFFFFF8, 0, 0, 0);
	assert_int_equal(fails, 1);
}

static void test_set_stack(void **state)
{
	for (uint32_t rpl = 0; rpl < 4; rpl++) {
		call(LHCALL_SET_STACK, 0x68 | rpl, 0x5000, 1, 0);
		assert_int_equal(fails, rpl != 1);
	}
	assert_int_equal(pinned, 1);
	call(LHCALL_SET_STACK, 0x10069, 0x5000, 1, 0);
	assert_int_equal(fails, 1);
	call(LHCALL_SET_STACK, 0x69, 0x5000, 0, 0);
	assert_int_equal(fails, 1);
	call(LHCALL_SET_STACK, 0x69, 0x5000, 2, 0);
	assert_int_equal(fails, 0);
	call(LHCALL_SET_STACK, 0x69, 0x5000, 3, 0);
	assert_int_equal(fails, 1);
	assert_int_equal(g.stack_pages, 2);
}

static void test_tables(void **state)
{
	g.shadow.is_linear = true;
	call(LHCALL_SET_PMD, 0x3000, 5, 0, 0);
	assert_int_equal(last.number, LHCALL_SET_PMD);
	g.shadow.is_linear = false;
	call(LHCALL_SET_PMD, 0x3000, 5, 0, 0);
	assert_int_equal(last.number, NOBODY);
	call(LHCALL_SET_PTE, 0x3000, 0xC0000000, 0x5067, 0x80000000);
	assert_true(last.number == LHCALL_SET_PTE && last.a == 0x3000 && last.b == 0xC0000000);
	g.shadow.tables.is_pae = true;
	call(LHCALL_SET_PMD, 0x3000, 5, 0, 0);
	assert_true(last.number == LHCALL_SET_PMD && last.a == 0x3000 && last.b == 5);
	call(LHCALL_SET_PGD, 0x3000, 7, 0, 0);
	assert_true(last.a == 0x3000 && last.b == 7);
	call(LHCALL_NEW_PGTABLE, 0x4000, 0, 0, 0);
	assert_true(last.number == LHCALL_NEW_PGTABLE && last.a == 0x4000);
	call(LHCALL_FLUSH_TLB, 0, 0, 0, 0);
	assert_true(last.number == LHCALL_FLUSH_TLB && !last.a);
	call(LHCALL_FLUSH_TLB, 2, 0, 0, 0);
	assert_true(last.a);
}

static void test_rest(void **state)
{
	call(LHCALL_TS, 5, 0, 0, 0);
	assert_true(g.vcpu.ts);
	call(LHCALL_TS, 0, 0, 0, 0);
	assert_false(g.vcpu.ts);
	now_ns = 100;
	call(LHCALL_SET_CLOCKEVENT, 0xFFFFFFFF, 0, 0, 0);
	assert_true(timer_ns == 100 + 0xFFFFFFFFull);
	g.clock.expired(&g.clock, 0);
	assert_true(last.number == LHCALL_SET_CLOCKEVENT && last.a == 0);
	call(LHCALL_SET_CLOCKEVENT, 0, 0, 0, 0);
	assert_true(timer_ns == 0);
	call(LHCALL_HALT, 0, 0, 0, 0);
	assert_int_equal(last.number, LHCALL_HALT);
}

static void test_debug_registers(void **state)
{
	g.vcpu.dr[7] = 0x77;
	call(LHCALL_GH_DEBUGREG, 7, 0, 0, 0);
	assert_int_equal(regs.eax, 0x77);
	for (uint32_t n = 4; n < 40; n++) {
		if (n == 6 || n == 7)
			continue;
		call(LHCALL_GH_DEBUGREG, n, 0, 0, 0);
		assert_int_equal(regs.eax, (uint32_t)-EINVAL);
	}
	call(LHCALL_GH_DEBUGREG, 0x40000000, 0, 0, 0);
	assert_int_equal(regs.eax, (uint32_t)-EINVAL);
	call(LHCALL_GH_DEBUGREG, 2, 0x1000, 1, 0);
	assert_true(regs.eax == 0 && last.a == 2 && last.b == 0x1000);
	call(LHCALL_GH_DEBUGREG, 3, 0x1000, 1, 0);
	assert_int_equal(regs.eax, (uint32_t)-EINVAL);
	assert_int_equal(fails, 0);
}

/* ---- the ring ---- */

static void test_ring_in_order(void **state)
{
	g.vcpu.fast.async_next = 60;
	for (unsigned i = 0; i < 10; i++)
		put_call((60 + i) % LHCALL_RING_SIZE, LHCALL_NEW_PGTABLE, i);
	put_call(20, LHCALL_NEW_PGTABLE, 99); /* behind a gap: not yet its turn */
	call(LHCALL_NEW_PGTABLE, 10, 0, 0, 0);
	assert_int_equal(calls_made, 11);
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(regs.eip, EIP);
	assert_int_equal(g.vcpu.fast.async_next, 6);
	assert_int_equal(data()->hcall_status[60], 0xFF);
	assert_int_equal(data()->hcall_status[20], 0);
}

/* I6: after RING_NS the rest waits, and so does the call in the registers. */
static void check_ring_stops_in_time(uint32_t number)
{
	unsigned entries = 0;

	step_ns = 9000;
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		put_call(i, number, i);
	do {
		unsigned before = calls_made;

		call(LHCALL_NEW_PGTABLE, 1000, 0, 0, 0);
		assert_true(calls_made - before <= 4);
		entries++;
		if (calls_made <= LHCALL_RING_SIZE)
			assert_int_equal(regs.eip, EIP - LENGTH);
	} while (calls_made <= LHCALL_RING_SIZE && entries < 1000);
	assert_int_equal(calls_made, LHCALL_RING_SIZE + 1);
	assert_int_equal(order[LHCALL_RING_SIZE], 1000);
	assert_int_equal(regs.eip, EIP);
}

static void test_ring_stops_in_time(void **state)
{
	check_ring_stops_in_time(LHCALL_NEW_PGTABLE);
}

/* They take a shorter way. */
static void test_ring_of_set_pte_stops_in_time(void **state)
{
	check_ring_stops_in_time(LHCALL_SET_PTE);
}

/* One that fills each slot again as soon as it is free: one ring full, no more. */
static void test_ring_never_empty(void **state)
{
	refill = true;
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		put_call(i, LHCALL_NOTIFY, i);
	step_ns = 1; /* 20000 would be within its time */
	call(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	assert_int_equal(calls_made, LHCALL_RING_SIZE);
}

static void test_ring_call_that_must_wait(void **state)
{
	uint32_t next;

	again_at = 2;
	for (unsigned i = 0; i < 4; i++)
		put_call(i, LHCALL_NOTIFY, i);
	next = g.calls.next;
	call(LHCALL_HALT, 0, 0, 0, 0);
	assert_int_equal(calls_made, 3);
	assert_int_equal(g.vcpu.fast.async_next, 2);
	assert_int_equal(data()->hcall_status[2], 0);
	assert_int_equal(regs.eip, EIP - LENGTH);
	assert_int_equal(g.calls.next, next + 2);
	again_at = NOBODY;
	call(LHCALL_HALT, 0, 0, 0, 0);
	assert_int_equal(last.number, LHCALL_HALT);
	assert_int_equal(calls_made, 6);
}

static void test_call_that_must_wait(void **state)
{
	again_at = 7;
	call(LHCALL_NOTIFY, 7, 0, 0, 0);
	assert_int_equal(regs.eip, EIP - LENGTH);
	assert_int_equal(g.calls.next, 0);
}

/* What dies or ends in the ring makes no further call. */
static void test_ring_ends_with_the_guest(void **state)
{
	put_call(0, 3, 0);
	put_call(1, LHCALL_NEW_PGTABLE, 0);
	call(LHCALL_NEW_PGTABLE, 1, 0, 0, 0);
	assert_true(fails == 1 && calls_made == 0);
	tear_down(state);
	set_up(state);
	put_call(0, LHCALL_GH_DEBUGREG, 7); /* its result is nowhere */
	call(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	assert_true(!fails && regs.eax == LHCALL_FLUSH_ASYNC);
}

/* A guest's line is shown before it goes on: it may never leave again. */
static void test_news_end_the_quick_turn(void **state)
{
	cpu.quick_left = 9;
	call(LHCALL_NOTIFY, 0x1000, 0, 0, 0);
	assert_int_equal(cpu.quick_left, 9);
	console_has_news = true;
	call(LHCALL_TS, 0, 0, 0, 0);
	assert_int_equal(cpu.quick_left, 9);
	call(LHCALL_NOTIFY, 0x1000, 0, 0, 0);
	assert_int_equal(cpu.quick_left, 1);
	cpu.quick_left = 9;
	put_call(0, LHCALL_NOTIFY, 0x1000);
	call(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
	assert_int_equal(cpu.quick_left, 1);
}

/* Both ways in do the same. */
#define TEST(name)                                                                                 \
	{#name, name, set_up, tear_down, NULL},                                                    \
	{                                                                                          \
#name "_quick", name, set_up_quick, tear_down, NULL                                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_before_init),
		TEST(test_shutdown),
		TEST(test_shutdown_policy),
		TEST(test_own_calls),
		TEST(test_idt),
		TEST(test_gdt),
		TEST(test_tls),
		TEST(test_set_stack),
		TEST(test_tables),
		TEST(test_rest),
		TEST(test_debug_registers),
		TEST(test_ring_in_order),
		TEST(test_ring_stops_in_time),
		TEST(test_ring_of_set_pte_stops_in_time),
		TEST(test_ring_never_empty),
		TEST(test_ring_call_that_must_wait),
		TEST(test_call_that_must_wait),
		TEST(test_ring_ends_with_the_guest),
		TEST(test_news_end_the_quick_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
