/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves which CPUs are taken for what by their names. */
/* unit-sources: arch/x86/quirks.c */
#include "arch/x86/quirks.h"

#include <string.h>

#include "test/unit/unit.h"

/* One with nothing to complain of: the features that the quirks ask for are there. */
static struct cpu_features cpu(const char *vendor, uint8_t family, uint8_t model, uint8_t stepping)
{
	struct cpu_features f = {.family = family, .model = model, .stepping = stepping};

	memcpy(f.vendor, vendor, strlen(vendor));
	f.msr = f.apic = f.nx = f.pae = true;
	return f;
}

#define INTEL(family, model, stepping) cpu("GenuineIntel", family, model, stepping)
#define AMD(family, model, stepping)   cpu("AuthenticAMD", family, model, stepping)

static void test_ordinary_cpus_have_none(void **state)
{
	const struct cpu_features ordinary[] = {
		INTEL(6, 8, 3),   INTEL(6, 14, 8),   INTEL(6, 28, 2),
		INTEL(15, 4, 1),  INTEL(6, 0x9A, 3), AMD(6, 10, 0),
		AMD(15, 0x2F, 2), AMD(23, 1, 2),     cpu("CentaurHauls", 6, 9, 0),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++)
		assert_int_equal(cpu_quirks_find(&ordinary[i]), 0);
}

static void test_hidden_apic(void **state)
{
	struct cpu_features f = INTEL(6, 9, 5);

	(void)state;
	f.apic = false;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_APIC_OFF);
	f.family = 5; /* a Pentium has it by a pin, not by an MSR */
	assert_int_equal(cpu_quirks_find(&f), 0);
	f = AMD(6, 4, 2);
	f.apic = false;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_APIC_OFF);
	f.msr = false;
	assert_int_equal(cpu_quirks_find(&f), 0);
}

static void test_hidden_nx(void **state)
{
	struct cpu_features f = INTEL(6, 13, 8);

	(void)state;
	f.nx = false;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_NX_OFF);
	f.model = 11; /* a Pentium III has no such switch */
	assert_int_equal(cpu_quirks_find(&f), 0);
	f = INTEL(15, 2, 9);
	f.nx = false;
	assert_int_equal(cpu_quirks_find(&f), 0);
	f.model = 3;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_NX_OFF);
}

static void test_pentium_m_and_pentium_pro(void **state)
{
	struct cpu_features f = INTEL(6, 9, 5);

	(void)state;
	f.pae = false;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_PAE_HIDDEN);
	f.model = 8;
	assert_int_equal(cpu_quirks_find(&f), 0);
	f = INTEL(6, 1, 2);
	f.sep = true;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_NO_SEP);
	f.stepping = 9;
	assert_int_equal(cpu_quirks_find(&f), 0);
}

static void test_deadline_by_microcode(void **state)
{
	struct cpu_features f = INTEL(6, 0x3C, 3);

	(void)state;
	f.tsc_deadline = true;
	f.microcode = 0x21;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_DEADLINE);
	f.microcode = 0x22;
	assert_int_equal(cpu_quirks_find(&f), 0);
	f.microcode = 0;
	f.hypervisor = true; /* which shows no level, and has its own timer */
	assert_int_equal(cpu_quirks_find(&f), 0);
	f = INTEL(6, 0x55, 4);
	f.tsc_deadline = true;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_DEADLINE);
	f.stepping = 7;
	assert_int_equal(cpu_quirks_find(&f), 0);
}

static void test_c1e(void **state)
{
	struct cpu_features f = AMD(16, 4, 2);

	(void)state;
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_C1E);
	f.hypervisor = true;
	assert_int_equal(cpu_quirks_find(&f), 0);
	f = AMD(15, 0x41, 2);
	assert_int_equal(cpu_quirks_find(&f), 1u << QUIRK_C1E);
}

static void test_each_has_a_text(void **state)
{
	(void)state;
	for (unsigned i = 0; i < QUIRKS; i++)
		assert_true(strlen(cpu_quirk_text(i)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_cpus_have_none),
		cmocka_unit_test(test_hidden_apic),
		cmocka_unit_test(test_hidden_nx),
		cmocka_unit_test(test_pentium_m_and_pentium_pro),
		cmocka_unit_test(test_deadline_by_microcode),
		cmocka_unit_test(test_c1e),
		cmocka_unit_test(test_each_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
