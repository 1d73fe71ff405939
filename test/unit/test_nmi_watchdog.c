/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves when the NMI watchdog ends the machine, and when it lets its timer rest. */
/* unit-sources: core/nmi_watchdog.c */
#include "core/nmi_watchdog.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "arch/x86/interrupts.h"
#include "arch/x86/regs.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/util.h"
#include "drivers/hpet.h"
#include "drivers/pit8254.h"
#include "test/unit/unit.h"

static struct hpet chip;
static bool has_chip, has_legacy, has_pin, arrives, is_due;
static uint32_t set_ns; /* 0: stopped */
static uint64_t now;
static bool (*nmi)(const struct regs *regs);
static char last_log[200];
static jmp_buf panicked;
static struct regs regs;

struct hpet *clock_hpet(void)
{
	return has_chip ? &chip : NULL;
}

/* The first NMI comes while it is waited for. */
uint64_t clock_now_ns(void)
{
	now += 100000;
	if (arrives && set_ns == NSEC_PER_MSEC && (is_due = now % 500000 == 0))
		nmi(&regs);
	return now;
}

bool hpet_alarm_init(struct hpet *h)
{
	assert_ptr_equal(h, &chip);
	return has_legacy;
}

void hpet_alarm_set(struct hpet *h, uint32_t ns)
{
	assert_ptr_equal(h, &chip);
	set_ns = ns;
	is_due = false;
}

bool hpet_alarm_is_due(const struct hpet *h)
{
	(void)h;
	return is_due;
}

void hpet_alarm_stop(const struct hpet *h)
{
	(void)h;
	set_ns = 0;
}

void pit_alarm_set(uint32_t ns)
{
	assert_false(has_chip && has_legacy);
	assert_in_range(ns, 1000, PIT_MAX_NS);
	set_ns = ns;
	is_due = false;
}

bool pit_alarm_is_due(void)
{
	return is_due;
}

void pit_alarm_stop(void)
{
	set_ns = 0;
}

bool interrupts_timer_is_nmi(bool (*is_mine)(const struct regs *regs))
{
	nmi = is_mine;
	return has_pin;
}

NORETURN void panic_trap(const struct regs *r, const char *fmt, ...)
{
	assert_ptr_equal(r, &regs);
	assert_non_null(strstr(fmt, "hangs"));
	longjmp(panicked, 1);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	vsnprintf(last_log, sizeof(last_log), fmt, args);
	va_end(args);
}

static int reset(void **state)
{
	(void)state;
	nmi_watchdog_stop();
	has_chip = has_legacy = has_pin = arrives = true;
	memset(&nmi_watchdog, 0, sizeof(nmi_watchdog));
	return 0;
}

/* The timer's. True: it panicked. */
static bool tick(const struct regs *where)
{
	assert_int_not_equal(set_ns, 0);
	is_due = true;
	if (setjmp(panicked))
		return true;
	assert_true(nmi(where));
	return false;
}

static void ticks_until_panic(unsigned expected)
{
	for (unsigned i = 1; i < expected; i++)
		assert_false(tick(&regs));
	assert_true(tick(&regs));
}

static void test_hang(void **state)
{
	(void)state;
	nmi_watchdog_start(10);
	assert_string_equal(last_log, "NMI watchdog: 10 s, by the HPET");
	nmi_watchdog.rounds++;
	assert_false(tick(&regs));
	ticks_until_panic(10);
	/* a panic has a time of its own, and is watched, too */
	nmi_watchdog_allow(60);
	ticks_until_panic(60);
	nmi_watchdog_sleeps();
	nmi_watchdog_allow(5);
	ticks_until_panic(5);
}

static void test_hang_by_the_8254(void **state)
{
	(void)state;
	has_legacy = false;
	nmi_watchdog_start(2);
	assert_string_equal(last_log, "NMI watchdog: 2 s, by the 8254");
	assert_false(tick(NULL));
	ticks_until_panic(2 * 20);
}

static void test_rounds_and_guests_are_no_hang(void **state)
{
	(void)state;
	nmi_watchdog_start(1);
	for (unsigned i = 0; i < 100; i++) {
		nmi_watchdog.rounds++;
		assert_false(tick(&regs));
		assert_false(tick(NULL)); /* a guest, entered long ago */
		assert_false(tick(NULL));
	}
}

static void test_sleep(void **state)
{
	(void)state;
	nmi_watchdog_start(1);
	nmi_watchdog_sleeps();
	assert_false(tick(&regs));
	assert_int_equal(set_ns, 0); /* no more of them in this sleep */
	nmi_watchdog_wakes();
	assert_int_equal(set_ns, NSEC_PER_SEC);
	ticks_until_panic(1);
}

static void test_others_nmis(void **state)
{
	(void)state;
	nmi_watchdog_start(1);
	for (unsigned i = 0; i < 100; i++)
		assert_false(nmi(&regs));
	nmi_watchdog_stop();
	assert_int_equal(set_ns, 0);
	is_due = true; /* it was under way */
	assert_true(nmi(&regs));
	assert_false(nmi(&regs));
	nmi_watchdog_sleeps();
	nmi_watchdog_wakes();
	nmi_watchdog_allow(5);
	assert_int_equal(set_ns, 0);
}

static void test_none(void **state)
{
	(void)state;
	has_pin = false;
	nmi_watchdog_start(10);
	assert_string_equal(last_log, "NMI watchdog: none without an I/O APIC");
	has_pin = true;
	arrives = false;
	nmi_watchdog_start(10);
	assert_string_equal(last_log, "NMI watchdog: none, the HPET's NMI does not arrive");
	nmi_watchdog_sleeps();
	nmi_watchdog_wakes();
	nmi_watchdog_allow(5);
	assert_int_equal(set_ns, 0);
	last_log[0] = 0;
	nmi_watchdog_start(0);
	assert_string_equal(last_log, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_hang, reset),
		cmocka_unit_test_setup(test_hang_by_the_8254, reset),
		cmocka_unit_test_setup(test_rounds_and_guests_are_no_hang, reset),
		cmocka_unit_test_setup(test_sleep, reset),
		cmocka_unit_test_setup(test_others_nmis, reset),
		cmocka_unit_test_setup(test_none, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
