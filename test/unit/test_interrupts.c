/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that no interrupt is lost and none storms, by 8259s, I/O APIC and messages. */
/* unit-sources: arch/x86/interrupts.c drivers/ioapic.c drivers/pic8259.c core/trace.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "arch/x86/interrupts.h"

#include <stdlib.h>

#include "arch/x86/apic.h"
#include "arch/x86/cpu_bits.h"
#include "arch/x86/regs.h"
#include "core/errno.h"
#include "core/panic.h"
#include "test/unit/irq_fixture.h"

NORETURN void panic(const char *fmt, ...)
{
	abort();
}

NORETURN void panic_trap(const struct regs *regs, const char *fmt, ...)
{
	abort();
}

#define APIC_NUMBER 3

static struct acpi_info info;
static uint32_t nothing; /* of what a message is made of */

uint8_t apic_id(void)
{
	return APIC_NUMBER;
}

/* What QEMU's PC says: the timer's pin, and PCI lines level and high. */
static void add_overrides(void)
{
	static const uint8_t pci_lines[] = {5, 9, 10, 11};

	info.overrides[info.override_count++] = (struct acpi_override){.irq = 0, .gsi = 2};
	for (unsigned i = 0; i < ARRAY_SIZE(pci_lines); i++)
		info.overrides[info.override_count++] =
			(struct acpi_override){.irq = pci_lines[i],
					       .gsi = pci_lines[i],
					       .says_trigger = true,
					       .is_level = true,
					       .says_polarity = true};
}

static int reset(void **state)
{
	(void)state;
	reset_hardware();
	interrupts_take();
	memset(&interrupt_counts, 0, sizeof(interrupt_counts));
	info = (struct acpi_info){
		.has_8259 = true, .ioapic_count = 1, .ioapics = {{.base = CHIP_AT(0)}}};
	add_overrides();
	return 0;
}

static void begin(enum interrupt_wiring wiring)
{
	reset(NULL);
	interrupts_init(&info, wiring);
}

/* Lets in all that comes, but no more than a few: more is a storm. Returns the sources. */
static uint32_t let_in(void)
{
	for (unsigned i = 0; i < 40; i++) {
		unsigned vector = accept_interrupt();

		if (vector == NO_INTERRUPT)
			return interrupts_take().sources;
		interrupt_arrived(vector);
	}
	fail_msg("a storm");
	return 0;
}

static unsigned masks(void)
{
	return pics[0].mask | (unsigned)pics[1].mask << 8;
}

/* ---- where lines go ---- */

static void test_nothing_gets_through_at_first(void **state)
{
	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		for (unsigned line = 0; line < 16; line++)
			set_wire(line, true);
		assert_int_equal(accept_interrupt(), NO_INTERRUPT);
	}
}

static void test_what_is_used_is_said(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	assert_string_equal(last_log, "interrupts: I/O APIC 0, 24 pins");
	begin(WIRING_8259);
	assert_string_equal(last_log, "interrupts: 8259s");
	assert_int_equal(maps, 0);
	reset(NULL);
	info.ioapic_count = 0;
	interrupts_init(&info, WIRING_AUTO);
	assert_string_equal(last_log, "interrupts: 8259s");
	interrupts_init(&info, WIRING_IOAPIC);
	assert_string_equal(last_log, "interrupts: 8259s; ioapic=on, but there is no I/O APIC");
}

/* Each line, as each bus, in each wiring, with and without an override and an 8259. */
static void test_every_line(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 16 * 2 * 3 * 2; n++) {
		unsigned line = n & 15, w = (n >> 5) % 3;
		bool is_pci = n >> 4 & 1, overridden, to_8259;
		int source;

		begin(w);
		info.has_8259 = n / 96;
		overridden = line == 0 || line == 5 || (line >= 9 && line <= 11);
		to_8259 = w == WIRING_8259 ||
			  (w == WIRING_AUTO && is_pci && !overridden && info.has_8259);
		source = is_pci ? interrupts_add_pci(line) : interrupts_add_isa(line);
		if (line == 2 || (is_pci && line == 0)) {
			assert_int_equal(source, -ERANGE);
			continue;
		}
		assert_int_equal(source, 0);
		if (to_8259)
			assert_int_equal(masks(), 0xFFFF & ~(1u << line) & ~(line > 7 ? 4u : 0));
		else
			assert_int_equal(masks(), 0xFFFF);
		if (!to_8259)
			assert_int_equal(chips[0].low[line ? line : 2] & (MASKED | 0xFF), 0xE0);
		assert_int_equal(chips[0].high[line ? line : 2], to_8259 ? 0 : APIC_NUMBER << 24);
	}
}

static void test_lines_that_are_none(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	assert_int_equal(interrupts_add_isa(16), -ERANGE);
	assert_int_equal(interrupts_add_pci(255), -ERANGE);
	assert_int_equal(interrupts_add_pci(0), -ERANGE);
}

static void test_same_line_same_source(void **state)
{
	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		assert_int_equal(interrupts_add_isa(4), 0);
		assert_int_equal(interrupts_add_pci(11), 1);
		assert_int_equal(interrupts_add_pci(11), 1);
		assert_int_equal(interrupts_add_isa(4), 0);
		assert_int_equal(interrupts_add_isa(11), 1);
		assert_int_equal(interrupts_add_msi(&nothing, &nothing), 2);
		assert_int_equal(interrupts_add_msi(&nothing, &nothing), 3);
	}
}

static void test_as_many_as_there_are(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	for (unsigned i = 0; i < INTERRUPT_SOURCES; i++)
		assert_int_equal(interrupts_add_msi(&nothing, &nothing), i);
	assert_int_equal(interrupts_add_msi(&nothing, &nothing), -ENOSPC);
	assert_int_equal(interrupts_add_isa(4), -ENOSPC);
	assert_int_equal(interrupts_add_pci(12), -ENOSPC);
	assert_int_equal(masks(), 0xFFFF);
	assert_int_equal(chips[0].low[4], MASKED);
}

static void test_elcr(void **state)
{
	(void)state;
	begin(WIRING_8259);
	interrupts_add_pci(11);
	interrupts_add_pci(5);
	interrupts_add_isa(4);
	assert_int_equal(pics[1].elcr << 8 | pics[0].elcr, 0x0820);
	interrupts_add_pci(13); /* always edge */
	assert_int_equal(pics[1].elcr << 8 | pics[0].elcr, 0x0820);
	begin(WIRING_8259);
	has_elcr = false; /* nothing there: nothing is written */
	interrupts_add_pci(11);
	assert_int_equal(pics[1].elcr, 0);
}

/* ---- what arrives ---- */

static void test_edge(void **state)
{
	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		interrupts_add_isa(4);
		for (unsigned i = 0; i < 3; i++) {
			set_wire(4, true);
			assert_int_equal(let_in(), 1);
			assert_int_equal(let_in(), 0);
			set_wire(4, false);
		}
		assert_int_equal(interrupt_counts.lines, 3); /* never masked, never let through */
	}
}

static void test_level_is_off_until_let_through(void **state)
{
	static const unsigned lines[] = {5, 11, 12};

	(void)state;
	for (unsigned n = 0; n < 9; n++) {
		unsigned line = lines[n % 3];

		begin(n / 3);
		if (n / 3 == WIRING_IOAPIC && line == 12)
			wires = 1u << 12; /* active low, at rest */
		interrupts_add_pci(line);
		assert_int_equal(let_in(), 0);
		set_wire(line, !(wires >> line & 1));
		assert_int_equal(let_in(), 1);
		assert_int_equal(let_in(), 0);
		interrupts_let_through(~1u); /* others */
		assert_int_equal(let_in(), 0);
		interrupts_let_through(1); /* the device still asks */
		assert_int_equal(let_in(), 1);
		set_wire(line, !(wires >> line & 1));
		interrupts_let_through(1);
		assert_int_equal(let_in(), 0);
		assert_int_equal(interrupt_counts.lines, 2);
	}
}

static void test_messages(void **state)
{
	uint32_t address, data;

	(void)state;
	begin(WIRING_8259);
	interrupts_add_isa(4);
	assert_int_equal(interrupts_add_msi(&address, &data), 1);
	assert_int_equal(address, 0xFEE00000 | APIC_NUMBER << 12);
	assert_int_equal(data, VECTOR_SOURCE + 1);
	interrupt_arrived(data);
	interrupt_arrived(data);
	assert_int_equal(eois, 2);
	assert_int_equal(interrupts_take().sources, 2);
}

static void test_stuck(void **state)
{
	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		interrupts_add_pci(10);
		interrupts_add_pci(11);
		set_wire(11, true);
		for (unsigned i = 0; i < INTERRUPT_STUCK_AFTER; i++) {
			last_log[0] = 0;
			assert_false(interrupts_is_stuck(1));
			assert_int_equal(let_in(), 2);
			assert_int_equal(interrupts_nobody(2),
					 i + 1 < INTERRUPT_STUCK_AFTER ? 0 : 2);
		}
		assert_non_null(strstr(last_log, "line 11 stays off: 1000 in a row"));
		assert_true(interrupts_is_stuck(1));
		assert_false(interrupts_is_stuck(0) || interrupts_is_stuck(2) ||
			     interrupts_is_stuck(~0u));
		last_log[0] = 0;
		interrupts_let_through(3);
		assert_int_equal(interrupts_nobody(2), 2);
		assert_int_equal(let_in(), 0);
		assert_string_equal(last_log, "");
		set_wire(10, true);
		assert_int_equal(let_in(), 1); /* the other goes on */
	}
}

/* Stuck again after a few, without a word; quiet for one period: used again, and said. */
static void test_stuck_is_tried_again(void **state)
{
	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		interrupts_add_pci(11);
		assert_false(interrupts_try_stuck());
		set_wire(11, true);
		for (unsigned i = 0; i < INTERRUPT_STUCK_AFTER; i++) {
			assert_int_equal(let_in(), 1);
			interrupts_nobody(1);
		}
		last_log[0] = 0;
		for (unsigned round = 0; round < 3; round++) {
			assert_true(interrupts_is_stuck(0));
			assert_int_equal(let_in(), 0);
			assert_true(interrupts_try_stuck());
			for (unsigned i = 0; i < INTERRUPT_TRIAL; i++) {
				assert_int_equal(let_in(), 1);
				interrupts_nobody(1);
			}
		}
		assert_string_equal(last_log, "");
		assert_true(interrupts_try_stuck());
		set_wire(11, false);
		assert_false(interrupts_is_stuck(0));
		assert_false(interrupts_try_stuck());
		assert_string_equal(last_log, "interrupts: line 11 is quiet again");
		assert_false(interrupts_try_stuck());
		set_wire(11, true);
		assert_int_equal(let_in(), 1);
		interrupts_let_through(1);
		assert_int_equal(let_in(), 1);
	}
}

static void test_one_that_is_explained_begins_the_count_anew(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	interrupts_add_pci(11);
	set_wire(11, true);
	for (unsigned i = 0; i < 5 * INTERRUPT_STUCK_AFTER; i++) {
		assert_int_equal(let_in(), 1);
		if (i % INTERRUPT_STUCK_AFTER == 0)
			interrupts_let_through(1);
		else
			assert_int_equal(interrupts_nobody(1), 0);
	}
}

/* A late look at an edge or a message is no line that is stuck. */
static void test_edges_never_get_stuck(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	interrupts_add_isa(4);
	interrupts_add_msi(&nothing, &nothing);
	for (unsigned i = 0; i < 2 * INTERRUPT_STUCK_AFTER; i++)
		assert_int_equal(interrupts_nobody(3), 0);
}

static void test_spurious(void **state)
{
	(void)state;
	begin(WIRING_8259);
	interrupts_add_isa(7);
	interrupt_arrived(VECTOR_PIC + 7); /* ISR bit 7 is clear */
	pics[0].isr = 4;
	interrupt_arrived(VECTOR_PIC + 15);
	assert_int_equal(pics[0].isr, 0);
	interrupt_arrived(VECTOR_SPURIOUS);
	assert_int_equal(eois, 0);
	assert_int_equal(interrupt_counts.spurious, 3);
	set_wire(7, true);
	assert_int_equal(let_in(), 1);
}

static void test_other_vectors(void **state)
{
	(void)state;
	begin(WIRING_AUTO);
	interrupts_add_isa(4);
	interrupt_arrived(VECTOR_SOURCE + 1);
	interrupt_arrived(VECTOR_LAPIC_ERROR);
	interrupt_arrived(0x20);
	assert_int_equal(interrupt_counts.unexpected, 3);
	assert_int_equal(eois, 3);
	interrupt_arrived(VECTOR_LAPIC_TIMER);
	assert_int_equal(eois, 4);
	interrupt_nmi(NULL);
	struct interrupt_events e = interrupts_take();
	assert_true(e.timer && e.nmi && !e.sources);
	e = interrupts_take();
	assert_false(e.timer || e.nmi);
}

/* ---- devices that share lines, at random ---- */

#define DEVICES 8

static const unsigned device_lines[DEVICES] = {5, 5, 10, 10, 10, 11, 11, 9};
static bool asks[DEVICES];
static int device_sources[DEVICES];

static void drive_wires(void)
{
	uint16_t high = 0;

	for (unsigned i = 0; i < DEVICES; i++)
		high |= (uint16_t)((unsigned)asks[i] << device_lines[i]);
	for (unsigned line = 5; line <= 11; line++)
		set_wire(line, high >> line & 1);
}

/* As core/host_devices.c does it; sometimes a device asks again right behind the look. */
static void serve(uint32_t sources, struct unit_random *r)
{
	uint32_t somebody = 0;

	for (unsigned i = 0; i < DEVICES; i++) {
		if (!(sources >> device_sources[i] & 1) || !asks[i])
			continue;
		somebody |= 1u << device_sources[i];
		asks[i] = unit_random(r) % 4 == 0;
		drive_wires();
	}
	interrupts_let_through(somebody);
	interrupts_nobody(sources & ~somebody);
}

static void test_shared_lines_lose_nothing(void **state)
{
	struct unit_random r = {.state = 77};

	(void)state;
	for (unsigned w = WIRING_AUTO; w <= WIRING_8259; w++) {
		begin(w);
		memset(asks, 0, sizeof(asks));
		for (unsigned i = 0; i < DEVICES; i++)
			device_sources[i] = interrupts_add_pci(device_lines[i]);
		for (unsigned n = 0; n < 20000; n++) {
			asks[unit_random(&r) % DEVICES] |= unit_random(&r) % 2;
			drive_wires();
			if (unit_random(&r) % 3 == 0)
				serve(let_in(), &r);
		}
		for (unsigned n = 0; n < 100; n++)
			serve(let_in(), &r);
		for (unsigned i = 0; i < DEVICES; i++)
			assert_false(asks[i]);
		assert_int_equal(interrupts_nobody(0), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_gets_through_at_first, reset),
		cmocka_unit_test_setup(test_what_is_used_is_said, reset),
		cmocka_unit_test_setup(test_every_line, reset),
		cmocka_unit_test_setup(test_lines_that_are_none, reset),
		cmocka_unit_test_setup(test_same_line_same_source, reset),
		cmocka_unit_test_setup(test_as_many_as_there_are, reset),
		cmocka_unit_test_setup(test_elcr, reset),
		cmocka_unit_test_setup(test_edge, reset),
		cmocka_unit_test_setup(test_level_is_off_until_let_through, reset),
		cmocka_unit_test_setup(test_messages, reset),
		cmocka_unit_test_setup(test_stuck, reset),
		cmocka_unit_test_setup(test_stuck_is_tried_again, reset),
		cmocka_unit_test_setup(test_one_that_is_explained_begins_the_count_anew, reset),
		cmocka_unit_test_setup(test_edges_never_get_stuck, reset),
		cmocka_unit_test_setup(test_spurious, reset),
		cmocka_unit_test_setup(test_other_vectors, reset),
		cmocka_unit_test_setup(test_shared_lines_lose_nothing, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
