/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what NMIs do: told, a panic, or the timer's own. */
/* unit-sources: arch/x86/interrupts.c drivers/ioapic.c drivers/pic8259.c core/trace.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "arch/x86/interrupts.h"

#include <setjmp.h>

#include "arch/x86/apic.h"
#include "arch/x86/regs.h"
#include "core/panic.h"
#include "test/unit/irq_fixture.h"

static struct acpi_info info = {.ioapic_count = 1,
				.ioapics = {{.base = CHIP_AT(0)}},
				.override_count = 1,
				.overrides = {{.irq = 0, .gsi = 2}}};
static jmp_buf panicked;

uint8_t apic_id(void)
{
	return 0;
}

NORETURN void panic(const char *fmt, ...)
{
	longjmp(panicked, 1);
}

NORETURN void panic_trap(const struct regs *regs, const char *fmt, ...)
{
	longjmp(panicked, 2);
}

static void test_nmi(void **state)
{
	struct regs regs = {.eip = 0x123456};
	struct interrupt_events e;

	interrupt_nmi(&regs);
	e = interrupts_take();
	assert_true(e.nmi && e.nmi_eip == 0x123456);
	interrupts_panic_on_nmi();
	switch (setjmp(panicked)) {
	case 0:
		interrupt_nmi(&regs);
		fail();
		break;
	case 1:
		return; /* in a guest: no registers of ours */
	case 2:
		interrupt_nmi(NULL);
		fail();
	}
}

static bool timers_own;

static bool is_the_timers(const struct regs *regs)
{
	(void)regs;
	return timers_own;
}

static void test_timer_nmi(void **state)
{
	uint32_t told = interrupt_counts.nmi, own = interrupt_counts.watchdog;

	(void)state;
	reset_hardware();
	interrupts_init(&info, WIRING_8259);
	assert_false(interrupts_timer_is_nmi(is_the_timers));
	interrupts_init(&info, WIRING_AUTO);
	assert_true(interrupts_timer_is_nmi(is_the_timers));
	assert_int_equal(chips[0].low[2], IOAPIC_NMI);
	timers_own = true;
	interrupt_nmi(NULL);
	assert_false(interrupts_any_waits());
	assert_int_equal(interrupt_counts.nmi, told);
	assert_int_equal(interrupt_counts.watchdog, own + 1);
	timers_own = false;
	interrupt_nmi(NULL);
	assert_true(interrupts_any_waits());
	assert_int_equal(interrupt_counts.nmi, told + 1);
	assert_true(interrupts_take().nmi);
	assert_false(interrupts_any_waits());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer_nmi),
		cmocka_unit_test(test_nmi), /* from then on an NMI is a panic */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
