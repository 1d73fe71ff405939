/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the ACPI table reader on good, broken and mutated tables. */
/* unit-sources: drivers/acpi.c */
#include "drivers/acpi.h"

#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"
#include "test/unit/unit.h"

/* All memory there is: MEM_BYTES at MEM_BASE, and optionally the first MiB. */
#define MEM_BASE  0x7FE0000u
#define MEM_BYTES 0x4000u

#define AT_RSDP 0x0000u
#define AT_RSDT 0x0100u
#define AT_XSDT 0x0200u
#define AT_MADT 0x0400u
#define AT_HPET 0x0800u
#define AT_FADT 0x0A00u
#define AT_DSDT 0x1000u

static uint8_t mem[MEM_BYTES];
static uint8_t low[MIB(1)];
static struct acpi acpi;
static struct acpi_info info;
static struct unit_random random_source = {4711};

static const uint8_t s5_usual[] = {0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0A, 5, 0x0A, 6};

static uint32_t next_random(void)
{
	return (uint32_t)(unit_random(&random_source) >> 32);
}

/* Hands out a copy without slack which is valid until the next call, as promised at least. */
static const void *phys_copy(void *ctx, uint64_t addr, size_t len)
{
	static uint8_t *copy;
	const uint8_t *src = NULL;

	(void)ctx;
	free(copy);
	copy = NULL;
	assert_true(len <= 4096);
	if (addr >= MEM_BASE && addr - MEM_BASE <= MEM_BYTES &&
	    len <= MEM_BYTES - (addr - MEM_BASE))
		src = mem + (addr - MEM_BASE);
	else if (addr < sizeof(low) && len <= sizeof(low) - addr)
		src = low + addr;
	if (!src)
		return NULL;
	copy = malloc(len);
	return memcpy(copy, src, len);
}

static void set32(uint32_t at, uint32_t v)
{
	memcpy(mem + at, &v, sizeof(v));
}

static void set64(uint32_t at, uint64_t v)
{
	memcpy(mem + at, &v, sizeof(v));
}

static void fix_sum(uint8_t *p, size_t len, size_t sum_at)
{
	uint8_t sum = 0;

	p[sum_at] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[sum_at] = (uint8_t)-sum;
}

static void seal(uint32_t at, const char *signature, uint32_t bytes)
{
	memcpy(mem + at, signature, 4);
	set32(at + 4, bytes);
	fix_sum(mem + at, bytes, 9);
}

static void seal_rsdp(uint8_t *rsdp)
{
	memcpy(rsdp, "RSD PTR ", 8);
	fix_sum(rsdp, 20, 8);
	fix_sum(rsdp, 36, 32);
}

static void put_gas(uint32_t at, uint8_t space, uint64_t address)
{
	mem[at] = space;
	set64(at + 4, address);
}

static void build_madt(void)
{
	static const uint8_t entries[] = {
		0,  8,  0, 0, 1, 0,    0,    0,                               /* CPU 0 */
		0,  8,  1, 7, 0, 0,    0,    0,                               /* disabled */
		0,  8,  2, 2, 1, 0,    0,    0,                               /* APIC id 2 */
		1,  12, 9, 0, 0, 0,    0xC0, 0xFE, 24,   0, 0, 0,             /* I/O APIC */
		2,  10, 0, 0, 2, 0,    0,    0,    0,    0,                   /* irq 0 -> 2 */
		2,  10, 0, 9, 9, 0,    0,    0,    0x0F, 0,                   /* irq 9 level low */
		2,  10, 1, 3, 3, 0,    0,    0,    0,    0,                   /* not ISA: ignored */
		77, 5,  1, 2, 3,                                              /* unknown */
		9,  16, 0, 0, 0, 1,    0,    0,    1,    0, 0, 0, 0, 0, 0, 0, /* x2APIC id 256 */
		5,  12, 0, 0, 0, 0x10, 0xE0, 0xFE, 0,    0, 0, 0,             /* LAPIC elsewhere */
	};

	set32(AT_MADT + 36, 0xFEE00000);
	set32(AT_MADT + 40, 1);
	memcpy(mem + AT_MADT + 44, entries, sizeof(entries));
	seal(AT_MADT, "APIC", 44 + sizeof(entries));
}

static void build_fadt(void)
{
	set32(AT_FADT + 40, MEM_BASE + AT_DSDT);
	set32(AT_FADT + 48, 0xB2);
	mem[AT_FADT + 52] = 0xF1;
	set32(AT_FADT + 64, 0x604);
	set32(AT_FADT + 76, 0x608);
	mem[AT_FADT + 91] = 4;
	mem[AT_FADT + 108] = 0x32;
	set32(AT_FADT + 112, 1u << 10);
	put_gas(AT_FADT + 116, 1, 0xCF9);
	mem[AT_FADT + 128] = 0x0F;
	put_gas(AT_FADT + 172, 1, 0x704);
	seal(AT_FADT, "FACP", 244);
}

static void build_dsdt(uint32_t offset, const uint8_t *aml, size_t len)
{
	memset(mem + AT_DSDT, 0, 0x1000);
	memcpy(mem + AT_DSDT + 36 + offset, aml, len);
	seal(AT_DSDT, "DSDT", (uint32_t)(36 + offset + len));
}

static void build(void)
{
	memset(mem, 0, sizeof(mem));
	memset(low, 0, sizeof(low));
	build_madt();
	put_gas(AT_HPET + 40, 0, 0xFED00000);
	seal(AT_HPET, "HPET", 56);
	build_fadt();
	build_dsdt(100, s5_usual, sizeof(s5_usual));
	set32(AT_RSDT + 36, MEM_BASE + AT_FADT);
	set32(AT_RSDT + 40, MEM_BASE + AT_MADT);
	set32(AT_RSDT + 44, MEM_BASE + AT_HPET);
	seal(AT_RSDT, "RSDT", 48);
	set64(AT_XSDT + 36, MEM_BASE + AT_FADT);
	set64(AT_XSDT + 44, MEM_BASE + AT_MADT);
	set64(AT_XSDT + 52, MEM_BASE + AT_HPET);
	seal(AT_XSDT, "XSDT", 60);
	mem[AT_RSDP + 15] = 2;
	set32(AT_RSDP + 16, MEM_BASE + AT_RSDT);
	set32(AT_RSDP + 20, 36);
	set64(AT_RSDP + 24, MEM_BASE + AT_XSDT);
	seal_rsdp(mem + AT_RSDP);
}

static int open_and_read(void)
{
	int err = acpi_open(&acpi, mem + AT_RSDP, phys_copy, NULL);

	memset(&info, 0xAA, sizeof(info));
	if (!err)
		acpi_read_info(&acpi, &info);
	return err;
}

static void assert_usual_info(void)
{
	assert_true(info.has_madt && info.has_8259 && info.has_fadt && info.has_s5);
	assert_int_equal(info.lapic_base, 0xFEE01000);
	assert_int_equal(info.cpu_count, 3);
	assert_int_equal(info.cpu_apic_ids[1], 2);
	assert_int_equal(info.cpu_apic_ids[2], 256);
	assert_int_equal(info.ioapic_count, 1);
	assert_int_equal(info.ioapics[0].base, 0xFEC00000);
	assert_int_equal(info.ioapics[0].gsi_base, 24);
	assert_int_equal(info.ioapics[0].id, 9);
	assert_int_equal(info.override_count, 2);
	assert_int_equal(info.overrides[0].gsi, 2);
	assert_false(info.overrides[0].is_level || info.overrides[0].is_active_low);
	assert_true(info.overrides[1].is_level && info.overrides[1].is_active_low);
	assert_int_equal(info.hpet_base, 0xFED00000);
	assert_int_equal(info.century, 0x32);
	assert_int_equal(info.smi_command, 0xB2);
	assert_int_equal(info.enable_command, 0xF1);
	assert_int_equal(info.pm1a_control, 0x704);
	assert_int_equal(info.pm1b_control, 0);
	assert_int_equal(info.pm_timer, 0x608);
	assert_int_equal(info.s5_type_a, 5);
	assert_int_equal(info.s5_type_b, 6);
	assert_int_equal(info.reset.space, ACPI_SPACE_IO);
	assert_true(info.reset.address == 0xCF9);
	assert_int_equal(info.reset_value, 0x0F);
}

static void test_usual_tables(void **state)
{
	(void)state;
	build();
	assert_int_equal(open_and_read(), 0);
	assert_int_equal(acpi.pointer_bytes, 8);
	assert_usual_info();
}

static void test_places_of_the_pm_timer(void **state)
{
	(void)state;
	build();
	put_gas(AT_FADT + 208, 1, 0x408);
	seal(AT_FADT, "FACP", 244);
	assert_int_equal(open_and_read(), 0);
	assert_int_equal(info.pm_timer, 0x408);
	mem[AT_FADT + 91] = 0; /* there is none */
	seal(AT_FADT, "FACP", 244);
	assert_int_equal(open_and_read() | info.pm_timer, 0);
}

static void test_broken_xsdt_falls_back_to_rsdt(void **state)
{
	(void)state;
	build();
	mem[AT_XSDT + 20] ^= 1;
	assert_int_equal(open_and_read(), 0);
	assert_int_equal(acpi.pointer_bytes, 4);
	assert_usual_info();
}

static void test_rsdp_is_searched(void **state)
{
	static const uint32_t places[] = {0x9FC00, 0x9FFE0, 0xE0000, 0xFFFD0};
	uint16_t segment = 0x9FC0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		build();
		memcpy(low + 0x40E, &segment, sizeof(segment));
		memcpy(low + places[i], mem + AT_RSDP, MIN(36u, MIB(1) - places[i]));
		mem[AT_RSDP] = 0;
		assert_int_equal(acpi_open(&acpi, NULL, phys_copy, NULL), 0);
		assert_int_equal(open_and_read(), 0);
		assert_usual_info();
	}
	build();
	assert_int_equal(acpi_open(&acpi, NULL, phys_copy, NULL), -ENOENT);
	/* A version 1 table in the last 20 bytes of the area. */
	mem[AT_RSDP + 15] = 0;
	seal_rsdp(mem + AT_RSDP);
	memcpy(low + 0xFFFE0, mem + AT_RSDP, 20);
	assert_int_equal(acpi_open(&acpi, NULL, phys_copy, NULL), 0);
	assert_int_equal(acpi.pointer_bytes, 4);
}

static void test_bad_checksums_hide_tables(void **state)
{
	(void)state;
	build();
	mem[AT_MADT + 60] ^= 0x80;
	assert_int_equal(open_and_read(), 0);
	assert_false(info.has_madt);
	assert_int_equal(info.cpu_count, 0);
	assert_true(info.has_fadt && info.has_s5);
	mem[AT_DSDT + 40] ^= 1;
	assert_int_equal(open_and_read(), 0);
	assert_true(info.has_fadt);
	assert_false(info.has_s5);
	mem[AT_RSDP + 9] ^= 1;
	assert_int_equal(open_and_read(), -ENOENT);
}

static void test_absurd_lengths(void **state)
{
	static const uint32_t lengths[] = {0, 1, 35, 0x100001, 0x7FFFFFFF, 0xFFFFFFFF};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		build();
		set32(AT_MADT + 4, lengths[i]);
		set32(AT_DSDT + 4, lengths[i]);
		assert_int_equal(open_and_read(), 0);
		assert_false(info.has_madt || info.has_s5);
		set32(AT_XSDT + 4, lengths[i]);
		set32(AT_RSDT + 4, lengths[i]);
		assert_int_equal(open_and_read(), -ENOENT);
	}
}

/* Each length the table may claim; the checksum is right, the contents are cut. */
static void test_each_table_length(void **state)
{
	(void)state;
	for (uint32_t len = 36; len < 250; len++) {
		build();
		seal(AT_MADT, "APIC", len);
		seal(AT_HPET, "HPET", len);
		seal(AT_FADT, "FACP", len);
		seal(AT_DSDT, "DSDT", len);
		assert_int_equal(open_and_read(), 0);
		assert_int_equal(info.has_madt, len >= 44);
		assert_int_equal(info.has_fadt, len >= 116);
	}
	for (uint32_t len = 36; len < 60; len++) {
		build();
		seal(AT_XSDT, "XSDT", len);
		assert_int_equal(open_and_read(), 0);
		assert_int_equal(info.has_fadt, len >= 44);
		assert_int_equal(info.has_madt, len >= 52);
	}
}

static void test_pointers_to_nowhere_and_to_itself(void **state)
{
	static const uint64_t nowhere[] = {0,
					   1,
					   0xFFFFFFFF,
					   0x100000000ull,
					   UINT64_MAX,
					   UINT64_MAX - 35,
					   MEM_BASE + MEM_BYTES - 8};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		build();
		set64(AT_XSDT + 36, nowhere[i]);
		set64(AT_XSDT + 44, MEM_BASE + AT_XSDT);
		seal(AT_XSDT, "XSDT", 60);
		assert_int_equal(open_and_read(), 0);
		assert_false(info.has_fadt || info.has_madt);
		assert_int_equal(info.hpet_base, 0xFED00000);
	}
	build();
	set32(AT_FADT + 40, MEM_BASE + AT_FADT);
	seal(AT_FADT, "FACP", 244);
	assert_int_equal(open_and_read(), 0);
	assert_false(info.has_s5);
}

static void test_madt_entry_of_no_length_ends_it(void **state)
{
	(void)state;
	build();
	mem[AT_MADT + 44 + 9] = 0;
	seal(AT_MADT, "APIC", 200);
	assert_int_equal(open_and_read(), 0);
	assert_true(info.has_madt);
	assert_int_equal(info.cpu_count, 1);
}

static void test_more_entries_than_fit(void **state)
{
	uint32_t at = AT_MADT + 44;

	(void)state;
	build();
	memset(mem + at, 0, AT_HPET - at);
	for (unsigned i = 0; i < 40; i++, at += 8) {
		mem[at + 1] = 8;
		mem[at + 3] = (uint8_t)i;
		mem[at + 4] = 1;
	}
	for (unsigned i = 0; i < 20; i++, at += 12) {
		mem[at] = 1;
		mem[at + 1] = 12;
	}
	for (unsigned i = 0; i < 20; i++, at += 10) {
		mem[at] = 2;
		mem[at + 1] = 10;
	}
	seal(AT_MADT, "APIC", at - AT_MADT);
	assert_int_equal(open_and_read(), 0);
	assert_int_equal(info.cpu_count, 40);
	assert_int_equal(info.cpu_apic_ids[ACPI_MAX_CPUS - 1], ACPI_MAX_CPUS - 1);
	assert_int_equal(info.ioapic_count, ACPI_MAX_IOAPICS);
	assert_int_equal(info.override_count, ACPI_MAX_OVERRIDES);
}

/* 5.2.12.5: 1 and 3 say something, 0 and the reserved 2 leave it to the bus. */
static void test_flags_of_an_override(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags < 16; flags++) {
		const struct acpi_override *o = &info.overrides[0];
		unsigned polarity = flags & 3, trigger = flags >> 2;

		build();
		set32(AT_MADT + 44, 0x05000A02);
		set32(AT_MADT + 48, 17);
		mem[AT_MADT + 52] = (uint8_t)flags;
		mem[AT_MADT + 53] = 0;
		seal(AT_MADT, "APIC", 54);
		assert_int_equal(open_and_read(), 0);
		assert_int_equal(info.override_count, 1);
		assert_int_equal(o->irq, 5);
		assert_int_equal(o->gsi, 17);
		assert_int_equal(o->says_trigger, trigger == 1 || trigger == 3);
		assert_int_equal(o->is_level, trigger == 3);
		assert_int_equal(o->says_polarity, polarity == 1 || polarity == 3);
		assert_int_equal(o->is_active_low, polarity == 3);
	}
}

static void test_s5_spellings(void **state)
{
	static const struct {
		uint8_t aml[16], len;
		bool found;
		uint8_t a, b;
	} cases[] = {
		{{8, '\\', '_', 'S', '5', '_', 0x12, 6, 4, 10, 5, 10, 5}, 13, true, 5, 5},
		{{8, '_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0}, 12, true, 0, 0},
		{{8, '_', 'S', '5', '_', 0x12, 6, 2, 1, 10, 7}, 11, true, 1, 7},
		{{8, '_', 'S', '5', '_', 0x12, 0x46, 0, 4, 10, 7, 1}, 12, true, 7, 1},
		{{8, '_', 'S', '5', '_', 0x12, 4, 1, 10, 3}, 10, true, 3, 3},
		{{8, '_', 'S', '5', '_', 0x12, 6, 4, 10, 8, 0}, 11, false, 0, 0},
		{{8, '_', 'S', '5', '_', 0x12, 6, 0, 10, 5, 0}, 11, false, 0, 0},
		{{8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0B, 5, 0}, 11, false, 0, 0},
		{{8, '_', 'S', '5', '_', 0x14, 6, 4, 10, 5, 0}, 11, false, 0, 0},
		{{9, '_', 'S', '5', '_', 0x12, 6, 4, 10, 5, 0}, 11, false, 0, 0},
		{{8, '_', 'S', '5'}, 4, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		build();
		build_dsdt(0, cases[i].aml, cases[i].len);
		assert_int_equal(open_and_read(), 0);
		assert_int_equal(info.has_s5, cases[i].found);
		assert_int_equal(info.s5_type_a, cases[i].a);
		assert_int_equal(info.s5_type_b, cases[i].b);
	}
}

static void test_s5_is_found_at_each_offset(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < 1100; offset++) {
		build();
		build_dsdt(offset, s5_usual, sizeof(s5_usual));
		assert_int_equal(open_and_read(), 0);
		assert_true(info.has_s5);
		assert_int_equal(info.s5_type_b, 6);
	}
}

/* Random changes with checksums made right again, so that they get through. */
static void test_mutations(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		unsigned changes = 1 + next_random() % 6;

		build();
		while (changes--)
			mem[AT_RSDT + next_random() % (AT_DSDT + 200 - AT_RSDT)] =
				(uint8_t)next_random();
		if (next_random() % 8) {
			seal(AT_XSDT, "XSDT", 60);
			seal(AT_MADT, "APIC", 44 + next_random() % 300);
			seal(AT_FADT, "FACP", 36 + next_random() % 300);
			seal(AT_HPET, "HPET", 36 + next_random() % 40);
			seal(AT_DSDT, "DSDT", 36 + next_random() % 300);
		}
		if (open_and_read() != 0)
			continue;
		assert_true(info.ioapic_count <= ACPI_MAX_IOAPICS);
		assert_true(info.override_count <= ACPI_MAX_OVERRIDES);
		assert_true(info.s5_type_a <= 7 && info.s5_type_b <= 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_tables),
		cmocka_unit_test(test_places_of_the_pm_timer),
		cmocka_unit_test(test_broken_xsdt_falls_back_to_rsdt),
		cmocka_unit_test(test_rsdp_is_searched),
		cmocka_unit_test(test_bad_checksums_hide_tables),
		cmocka_unit_test(test_absurd_lengths),
		cmocka_unit_test(test_each_table_length),
		cmocka_unit_test(test_pointers_to_nowhere_and_to_itself),
		cmocka_unit_test(test_madt_entry_of_no_length_ends_it),
		cmocka_unit_test(test_more_entries_than_fit),
		cmocka_unit_test(test_flags_of_an_override),
		cmocka_unit_test(test_s5_spellings),
		cmocka_unit_test(test_s5_is_found_at_each_offset),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
