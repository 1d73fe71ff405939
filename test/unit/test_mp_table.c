/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the reader of MP tables on good, broken and mutated ones. */
/* unit-sources: drivers/mp_table.c drivers/acpi.c */
#include "drivers/mp_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define TABLE 0x9F000u

static uint8_t low[MIB(1)];
static struct acpi_info info;

static const uint8_t entries[] = {
	0, 0,  0x14, 3,   0x80, 6,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* CPU 0 */
	0, 1,  0x14, 1,   0x80, 6,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* CPU 1 */
	0, 6,  0x14, 0,   0x80, 6,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* disabled */
	1, 0,  'P',  'C', 'I',  ' ',  ' ',  ' ',                                      /* bus 0 */
	1, 9,  'I',  'S', 'A',  ' ',  ' ',  ' ',                                      /* bus 9 */
	2, 8,  0x11, 1,   0,    0,    0xC0, 0xFE,                                     /* I/O APIC */
	2, 10, 0x11, 0,   0,    0,    0xC1, 0xFE,                                     /* disabled */
	2, 9,  0x11, 1,   0,    0x10, 0xC1, 0xFE, /* the second */
	3, 3,  0,    0,   9,    0,    8,    0,    /* ExtINT */
	3, 0,  0,    0,   9,    1,    8,    1,    /* as usual */
	3, 0,  0,    0,   9,    0,    8,    2,    /* timer */
	3, 0,  0x0F, 0,   9,    9,    8,    9,    /* level, low */
	3, 0,  0,    0,   9,    5,    9,    3,    /* second chip */
	3, 0,  0x0F, 0,   0,    12,   8,    19,   /* PCI */
	3, 0,  0,    0,   9,    7,    77,   1,    /* no such chip */
	4, 3,  0,    0,   9,    0,    0xFF, 0,
};

static const void *phys(void *ctx, uint64_t addr, size_t len)
{
	static uint8_t *copy;

	(void)ctx;
	free(copy);
	copy = NULL;
	assert_true(len <= 4096);
	if (addr >= sizeof(low) || len > sizeof(low) - addr)
		return NULL;
	copy = malloc(len);
	return memcpy(copy, low + addr, len);
}

static void fix_sum(uint8_t *p, size_t len, size_t sum_at)
{
	uint8_t sum = 0;

	p[sum_at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[sum_at] = (uint8_t)-sum;
}

static void put_pointer(uint32_t at, uint32_t table, uint8_t number, uint8_t features)
{
	uint8_t *p = low + at;

	memcpy(p, "_MP_", 4);
	memcpy(p + 4, &table, 4);
	p[8] = 1;
	p[9] = 4;
	p[11] = number;
	p[12] = features;
	fix_sum(p, 16, 10);
}

static void seal_table(uint16_t bytes)
{
	uint32_t lapic = 0xFEE00000;

	memcpy(low + TABLE, "PCMP", 4);
	memcpy(low + TABLE + 4, &bytes, 2);
	memcpy(low + TABLE + 36, &lapic, 4);
	fix_sum(low + TABLE, bytes, 7);
}

static void build(uint32_t pointer_at)
{
	memset(low, 0, sizeof(low));
	memset(&info, 0, sizeof(info));
	memcpy(low + TABLE + 44, entries, sizeof(entries));
	seal_table(44 + sizeof(entries));
	put_pointer(pointer_at, TABLE, 0, 0x80);
}

static void assert_override(unsigned n, uint8_t irq, uint32_t gsi, bool is_level)
{
	assert_int_equal(info.overrides[n].irq, irq);
	assert_int_equal(info.overrides[n].gsi, gsi);
	assert_int_equal(info.overrides[n].is_level, is_level);
	assert_int_equal(info.overrides[n].is_active_low, is_level);
}

static void test_usual_table(void **state)
{
	static const uint32_t places[] = {0x9FC00, 0x9FFF0, 0xF0000, 0xFFFF0, 0x9E010};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		uint16_t ebda = 0x9E00;

		build(places[i]);
		memcpy(low + 0x40E, &ebda, 2);
		assert_true(mp_table_read(&info, phys, NULL));
		assert_true(info.has_mp_table && info.has_8259 && info.has_imcr);
		assert_false(info.has_madt);
		assert_int_equal(info.cpu_count, 2);
		assert_int_equal(info.cpu_apic_ids[1], 1);
		assert_int_equal(info.ioapic_count, 2);
		assert_int_equal(info.ioapics[1].base, 0xFEC11000);
		assert_int_equal(info.ioapics[1].gsi_base, 256);
		assert_int_equal(info.override_count, 3);
		assert_override(0, 0, 2, false);
		assert_override(1, 9, 9, true);
		assert_override(2, 5, 256 + 3, false);
	}
}

static void test_default_configurations(void **state)
{
	(void)state;
	for (uint8_t number = 1; number <= 7; number++) {
		build(0xF0000);
		put_pointer(0xF0000, 0, number, 0);
		assert_true(mp_table_read(&info, phys, NULL));
		assert_int_equal(info.cpu_count, 2);
		assert_int_equal(info.ioapics[0].base, 0xFEC00000);
		assert_int_equal(info.override_count, number != 2);
		assert_false(info.has_imcr);
	}
}

static void test_none_or_broken(void **state)
{
	static const struct acpi_info nothing;
	static const uint32_t nowhere[] = {0, 0xFFFF0, 0x100000, 0xFFFFFFF0};

	(void)state;
	memset(low, 0, sizeof(low));
	assert_false(mp_table_read(&info, phys, NULL));
	build(0xF0000);
	low[0xF0009] ^= 1;
	assert_false(mp_table_read(&info, phys, NULL));
	build(0xF0000);
	low[TABLE + 50] ^= 1;
	assert_false(mp_table_read(&info, phys, NULL));
	assert_memory_equal(&info, &nothing, sizeof(info));
	for (unsigned i = 0; i < ARRAY_SIZE(nowhere); i++) {
		build(0xF0000);
		put_pointer(0xF0000, nowhere[i], 0, 0);
		assert_false(mp_table_read(&info, phys, NULL));
	}
}

/* Each length it may claim, and random changes with checksums made right again. */
static void test_lengths_and_mutations(void **state)
{
	struct unit_random random = {4712};

	(void)state;
	for (unsigned bytes = 0; bytes < 44 + sizeof(entries); bytes++) {
		build(0xF0000);
		seal_table((uint16_t)bytes);
		assert_int_equal(mp_table_read(&info, phys, NULL), bytes >= 44);
		assert_true(info.cpu_count <= 2 && info.override_count <= 3);
	}
	for (unsigned round = 0; round < 5000; round++) {
		build(0xF0000);
		for (unsigned i = 0; i < 1 + round % 7; i++)
			low[TABLE + 44 + unit_random(&random) % 400] =
				(uint8_t)unit_random(&random);
		seal_table((uint16_t)(44 + unit_random(&random) % 4000));
		assert_true(mp_table_read(&info, phys, NULL));
		assert_true(info.ioapic_count <= ACPI_MAX_IOAPICS);
		assert_true(info.override_count <= ACPI_MAX_OVERRIDES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_table),
		cmocka_unit_test(test_default_configurations),
		cmocka_unit_test(test_none_or_broken),
		cmocka_unit_test(test_lengths_and_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
