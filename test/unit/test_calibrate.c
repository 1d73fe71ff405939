/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the calibration on a machine whose clocks are missing, stand still or lie. */
/* unit-sources: core/calibrate.c drivers/hpet.c drivers/pit8254.c drivers/pm_timer.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "core/calibrate.h"

#include <string.h>

#include "core/util.h"
#include "drivers/pm_timer.h"
#include "test/unit/fake_io.h"
#include "test/unit/unit.h"

#define ACCESS_NS 700u
#define TSC_MHZ   2400u
#define APIC_MHZ  100u
#define PM_PORT   0x608
#define PERIOD_FS 69841279u

/* Of a clock: it runs at rate/1000 of what it says; 0: it stands still. */
static struct {
	uint64_t now_ns;
	unsigned pit_rate, hpet_rate, pm_rate;
	bool no_pit;      /* nothing at its ports */
	bool torn_pm;     /* every fifth reading of the PM timer is nonsense */
	unsigned held_up; /* reading of the counters that takes 20 ms */
	unsigned readings;
	uint16_t count, latch;
	unsigned half; /* which byte of count or latch comes next */
	uint64_t pit_start_ns;
} fake;

static uint8_t hpet_registers[1024];

static uint64_t ticks(unsigned rate, uint64_t hz, uint64_t since_ns)
{
	return (fake.now_ns - since_ns) * rate / 1000 * hz / 1000000000u;
}

static uint16_t pit_count(void)
{
	return (uint16_t)(fake.count - ticks(fake.pit_rate, 1193182, fake.pit_start_ns));
}

void outb(uint16_t port, uint8_t value)
{
	fake.now_ns += ACCESS_NS;
	if (port == 0x43 && value == 0x80) {
		fake.latch = pit_count();
		fake.half = 0;
	} else if (port == 0x43) {
		fake.half = 0;
	} else if (port == 0x42 && fake.half++ == 0) {
		fake.count = value;
	} else if (port == 0x42) {
		fake.count |= (uint16_t)(value << 8);
		fake.pit_start_ns = fake.now_ns;
	}
}

uint8_t inb(uint16_t port)
{
	fake.now_ns += ACCESS_NS;
	if (fake.no_pit)
		return 0xFF;
	if (port == 0x61)
		return ticks(fake.pit_rate, 1193182, fake.pit_start_ns) >= fake.count ? 0x20 : 0;
	return (uint8_t)(fake.half++ % 2 ? fake.latch >> 8 : fake.latch);
}

uint32_t inl(uint16_t port)
{
	uint32_t value;

	assert_int_equal(port, PM_PORT);
	fake.now_ns += ACCESS_NS;
	value = (uint32_t)ticks(fake.pm_rate, 3579545, 0);
	if (fake.torn_pm && fake.now_ns / ACCESS_NS % 5 == 0)
		value ^= 0x800;
	return value | 0xAB000000; /* what is above 24 bits says nothing */
}

uint32_t mmio_read32(const volatile void *p)
{
	size_t at = (size_t)((const volatile uint8_t *)p - hpet_registers);

	fake.now_ns += ACCESS_NS;
	if (at == 0)
		return 0x8086A201;
	if (at == 4)
		return PERIOD_FS;
	return at == 0xF0 ? (uint32_t)ticks(fake.hpet_rate, 14318180, 0) : 0;
}

void mmio_write32(volatile void *p, uint32_t value)
{
	(void)p;
	(void)value;
}

static void read_counters(uint64_t *tsc, uint32_t *apic)
{
	if (++fake.readings == fake.held_up)
		fake.now_ns += 20000000;
	*tsc = fake.now_ns * TSC_MHZ / 1000;
	*apic = (uint32_t)(fake.now_ns * APIC_MHZ / 1000);
}

static void reset(unsigned hpet_rate, unsigned pm_rate, unsigned pit_rate)
{
	memset(&fake, 0, sizeof(fake));
	fake.now_ns = 5000000000u;
	fake.hpet_rate = hpet_rate;
	fake.pm_rate = pm_rate;
	fake.pit_rate = pit_rate;
	fake.no_pit = pit_rate == 0;
}

static bool run(struct calibration *c)
{
	struct hpet hpet;
	bool has_hpet = fake.hpet_rate && hpet_init(&hpet, hpet_registers);

	memset(c, 0, sizeof(*c));
	return calibrate(c, has_hpet ? &hpet : NULL, pm_timer_counts(PM_PORT) ? PM_PORT : 0,
			 read_counters);
}

static void assert_near(uint32_t khz, uint32_t mhz)
{
	assert_in_range(khz, mhz * 998, mhz * 1002);
}

static void assert_measured(unsigned used, unsigned present, unsigned right)
{
	struct calibration c;

	assert_true(run(&c));
	assert_near(c.tsc_khz, TSC_MHZ);
	assert_near(c.apic_khz, APIC_MHZ);
	assert_int_equal(c.used, used);
	assert_int_equal(c.present, present);
	assert_int_equal(c.right, right);
	assert_true(c.is_trusted);
}

#define HPET (1u << REFERENCE_HPET)
#define PM   (1u << REFERENCE_PM_TIMER)
#define PIT  (1u << REFERENCE_PIT)

static void test_each_may_be_missing(void **state)
{
	(void)state;
	reset(1000, 1000, 1000);
	assert_measured(REFERENCE_HPET, HPET | PM | PIT, HPET | PM | PIT);
	reset(0, 1000, 1000);
	assert_measured(REFERENCE_PM_TIMER, PM | PIT, PM | PIT);
	reset(1000, 0, 1000);
	assert_measured(REFERENCE_HPET, HPET | PIT, HPET | PIT);
	reset(1000, 1000, 0);
	assert_measured(REFERENCE_HPET, HPET | PM, HPET | PM);
	reset(0, 0, 1000);
	assert_measured(REFERENCE_PIT, PIT, PIT);
	reset(0, 1000, 0);
	assert_measured(REFERENCE_PM_TIMER, PM, PM);
	reset(1000, 0, 0);
	assert_measured(REFERENCE_HPET, HPET, HPET);
}

static void test_one_that_lies_is_outvoted(void **state)
{
	static const unsigned rates[] = {1, 500, 990, 1010, 2000, 300000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		reset(rates[i], 1000, 1000);
		assert_measured(REFERENCE_PM_TIMER, HPET | PM | PIT, PM | PIT);
		reset(1000, rates[i], 1000);
		assert_measured(REFERENCE_HPET, HPET | PM | PIT, HPET | PIT);
	}
	for (size_t i = 1; i + 1 < ARRAY_SIZE(rates); i++) {
		reset(1000, 1000, rates[i]);
		assert_measured(REFERENCE_HPET, HPET | PM | PIT, HPET | PM);
	}
}

static void test_two_that_disagree(void **state)
{
	struct calibration c;

	(void)state;
	reset(1000, 0, 900);
	assert_true(run(&c));
	assert_int_equal(c.used, REFERENCE_HPET);
	assert_near(c.tsc_khz, TSC_MHZ);
	assert_false(c.is_trusted);
	reset(1000, 1100, 900);
	assert_true(run(&c));
	assert_false(c.is_trusted);
}

static void test_none(void **state)
{
	struct calibration c;

	(void)state;
	reset(0, 0, 0);
	assert_false(run(&c));
	fake.no_pit = false; /* there, but it stands still */
	assert_false(run(&c));
}

static void test_held_up_in_a_reading(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		reset(1000, 1000, 1000);
		fake.held_up = n;
		assert_measured(REFERENCE_HPET, HPET | PM | PIT, HPET | PM | PIT);
	}
}

static void test_torn_readings_of_the_pm_timer(void **state)
{
	(void)state;
	reset(0, 1000, 1000);
	fake.torn_pm = true;
	assert_measured(REFERENCE_PM_TIMER, PM | PIT, PM | PIT);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t truth = (uint32_t)ticks(1000, 3579545, 0) & 0xFFFFFF;

		assert_in_range(pm_timer_ticks(truth, pm_timer_read(PM_PORT)), 0, 60);
	}
}

static void test_pm_timer_wraps(void **state)
{
	(void)state;
	assert_int_equal(pm_timer_ticks(0xFFFFFF, 2), 3);
	reset(0, 1000, 0);
	fake.now_ns = 4686000000u; /* 2^24 ticks are 4.687 s */
	assert_measured(REFERENCE_PM_TIMER, PM, PM);
	assert_true(pm_timer_ticks_to_ns(3579545) - 999999000 < 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_may_be_missing),
		cmocka_unit_test(test_one_that_lies_is_outvoted),
		cmocka_unit_test(test_two_that_disagree),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_held_up_in_a_reading),
		cmocka_unit_test(test_torn_readings_of_the_pm_timer),
		cmocka_unit_test(test_pm_timer_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
