/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves where lines go by the MADT, and what is written to I/O APICs. */
/* unit-sources: drivers/ioapic.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/ioapic.h"

#include "test/unit/irq_fixture.h"

static struct acpi_info info;

static int reset(void **state)
{
	(void)state;
	reset_hardware();
	info = (struct acpi_info){.ioapic_count = 1, .ioapics = {{.base = CHIP_AT(0)}}};
	return 0;
}

static void assert_route(unsigned line, bool is_pci, const struct acpi_override *o)
{
	struct ioapic_line r = ioapic_route(&info, line, is_pci);

	assert_int_equal(r.is_overridden, o != NULL);
	assert_int_equal(r.gsi, o ? o->gsi : line);
	assert_int_equal(r.is_level, o && o->says_trigger ? o->is_level : is_pci);
	assert_int_equal(r.is_active_low, o && o->says_polarity ? o->is_active_low : is_pci);
}

/* Every line, bus, and override of it or of another, with every combination of flags. */
static void test_every_override(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 16 * 16 * 2 * 16; n++) {
		unsigned line = n & 15, of = n >> 4 & 15, flags = n >> 9;
		struct acpi_override o = {.gsi = of + 5,
					  .irq = (uint8_t)of,
					  .says_trigger = flags & 1,
					  .is_level = (flags & 3) == 3,
					  .says_polarity = flags & 4,
					  .is_active_low = (flags & 12) == 12};

		info.override_count = 0;
		assert_route(line, n >> 8 & 1, NULL);
		info.override_count = 2;
		info.overrides[0] = (struct acpi_override){.irq = (of + 1) % 16, .gsi = 99};
		info.overrides[1] = o;
		if (line != (of + 1) % 16)
			assert_route(line, n >> 8 & 1, line == of ? &o : NULL);
	}
}

static void test_all_pins_start_masked(void **state)
{
	(void)state;
	info.ioapics[0].id = 7;
	memset(chips[0].low, 0, sizeof(chips[0].low)); /* as left by whoever ran before */
	assert_int_equal(ioapic_init(&info), 1);
	assert_string_equal(last_log, "interrupts: I/O APIC 7, 24 pins");
	assert_int_equal(chips[0].id, 0x07000000);
	for (unsigned pin = 0; pin < PINS; pin++)
		assert_int_equal(chips[0].low[pin], MASKED);
	assert_false(ioapic_has(24));
	assert_true(ioapic_has(23));
}

static void test_connect_and_mask(void **state)
{
	struct ioapic_line line = {.gsi = 23, .is_level = true, .is_active_low = true};

	(void)state;
	ioapic_init(&info);
	ioapic_connect(&line, 0xE3, 0x5A);
	assert_int_equal(chips[0].low[23], 0xE3 | LEVEL | ACTIVE_LOW);
	assert_int_equal(chips[0].high[23], 0x5A000000);
	ioapic_mask(23, true);
	assert_int_equal(chips[0].low[23], 0xE3 | LEVEL | ACTIVE_LOW | MASKED);
	ioapic_mask(23, false);
	assert_int_equal(chips[0].low[23], 0xE3 | LEVEL | ACTIVE_LOW);
	line = (struct ioapic_line){.gsi = 4};
	ioapic_connect(&line, 0xE4, 1);
	assert_int_equal(chips[0].low[4], 0xE4);
	line.gsi = 24;
	ioapic_connect(&line, 0xE5, 1); /* no such pin: nothing happens */
	ioapic_mask(24, true);
}

static void test_what_does_not_answer(void **state)
{
	static const uint32_t versions[] = {0, 0xFFFFFFFF, 0x00170000, 0xFF0020};

	for (unsigned i = 0; i < ARRAY_SIZE(versions); i++) {
		reset(state);
		chips[0].version = versions[i];
		assert_int_equal(ioapic_init(&info), 0);
		assert_false(ioapic_has(4));
		assert_non_null(strstr(last_log, "no I/O APIC answers at 0xfec00000"));
	}
	reset(state);
	chips[0].bits = 0; /* RAM would do, a ROM does not */
	assert_int_equal(ioapic_init(&info), 0);
	reset(state);
	info.ioapics[0].base = 0xFF000000;
	assert_int_equal(ioapic_init(&info), 0); /* no room to map it */
}

static void test_several_chips(void **state)
{
	struct ioapic_line line = {.gsi = 50};

	(void)state;
	for (unsigned i = 0; i < CHIPS; i++)
		info.ioapics[i] = (struct acpi_ioapic){.base = CHIP_AT(i), .gsi_base = 24 * i};
	info.ioapic_count = CHIPS;
	chips[1].version = 0;
	assert_int_equal(ioapic_init(&info), 2);
	assert_false(ioapic_has(24) || ioapic_has(47) || ioapic_has(72) || ioapic_has(0xFFFFFFFF));
	assert_true(ioapic_has(0) && ioapic_has(48) && ioapic_has(71));
	ioapic_connect(&line, 0xE1, 0);
	assert_int_equal(chips[2].low[2], 0xE1);
}

static void test_more_chips_than_there_is_room_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ACPI_MAX_IOAPICS; i++)
		info.ioapics[i] = (struct acpi_ioapic){.base = CHIP_AT(0), .gsi_base = 24 * i};
	info.ioapic_count = ACPI_MAX_IOAPICS;
	assert_int_equal(ioapic_init(&info), IOAPIC_MAX);
	assert_int_equal(maps, IOAPIC_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_override, reset),
		cmocka_unit_test_setup(test_all_pins_start_masked, reset),
		cmocka_unit_test_setup(test_connect_and_mask, reset),
		cmocka_unit_test_setup(test_what_does_not_answer, reset),
		cmocka_unit_test_setup(test_several_chips, reset),
		cmocka_unit_test_setup(test_more_chips_than_there_is_room_for, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
