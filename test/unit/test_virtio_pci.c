/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the BAR of the PCI transport: a driver's life, and nonsense. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/pci.c */
#include "test/unit/virtio_pci_fixture.h"

static void check_is_reset(void)
{
	assert_int_equal(rd(STATUS, 1), 0);
	assert_int_equal(rd(ISR, 1), 0);
	wr(GFSELECT, 4, 0);
	assert_int_equal(rd(GF, 4), 0);
	wr(GFSELECT, 4, 1);
	assert_int_equal(rd(GF, 4), 0);
	for (unsigned q = 0; q < 2; q++) {
		wr(Q_SELECT, 2, q);
		assert_int_equal(rd(Q_SIZE, 2), 64);
		assert_int_equal(rd(Q_ENABLE, 2), 0);
		for (unsigned at = Q_DESC; at < COMMON_END; at += 4)
			assert_int_equal(rd(at, 4), 0);
		wr(NOTIFY + 4 * q, 2, q);
	}
}

static void test_a_driver_life(void **state)
{
	assert_int_equal(resets, 0);
	for (unsigned i = 0; i < 3; i++)
		step(i);
	assert_int_equal(rd(STATUS, 1), ACK | DRIVER | FEATURES_OK);
	wr(DFSELECT, 4, 0);
	assert_int_equal(rd(DF, 4), OWN_BIT | INDIRECT | EVENT_IDX);
	wr(DFSELECT, 4, 1);
	assert_int_equal(rd(DF, 4), VERSION_1);
	wr(DFSELECT, 4, 2);
	assert_int_equal(rd(DF, 4), 0);
	assert_int_equal(rd(NUMQ, 2), 2);
	assert_int_equal(rd(MSIX, 2), 0xFFFF);
	wr(Q_SELECT, 2, 1);
	assert_int_equal(rd(Q_MSIX, 2), 0xFFFF);
	assert_int_equal(rd(Q_NOFF, 2), 1);
	for (unsigned i = 3; i < 6; i++)
		step(i);
	assert_int_equal(rd(Q_ENABLE, 2), 1);
	assert_int_equal(readies, 1);
	put_buffer(0x4000, 0x5002, 0x100, 16);
	step(6);
	assert_int_equal(notified[1], 1);
	assert_int_equal(notified[0], 0);
	assert_int_equal(mem.base[0x6006], 1); /* used.idx */
	assert_int_equal(raised, 1);
	assert_int_equal(lowered, 0);
	assert_int_equal(rd(ISR, 1), 1);
	assert_int_equal(lowered, 1);
	assert_int_equal(rd(ISR, 1), 0);
	virtio_config_changed(d);
	assert_int_equal(raised, 2);
	assert_int_equal(rd(GENERATION, 1), 1);
	assert_int_equal(rd(ISR, 1), 2);
	assert_null(virtio_check(d));
	wr(STATUS, 1, 0);
	check_is_reset();
	assert_int_equal(notified[0] + notified[1], 1);
}

static void test_reset_at_every_step(void **state)
{
	for (unsigned steps = 0; steps <= STEPS; steps++) {
		unsigned before = resets;

		put_buffer(0x4000, 0x5002, 0x100, 16);
		memset(mem.base + 0x6000, 0, 0x1000);
		for (unsigned i = 0; i < steps; i++)
			step(i);
		memset(notified, 0, sizeof(notified));
		wr(STATUS, 1, 0);
		assert_int_equal(resets, before + 1);
		check_is_reset();
		assert_int_equal(notified[0] + notified[1], 0);
		virtio_config_changed(d);
		assert_int_equal(rd(ISR, 1), 0); /* nobody drives it */
	}
	for (unsigned i = 0; i < STEPS; i++)
		step(i);
	assert_int_equal(notified[1], 1);
}

/* OPEN BUG (core/virtio/pci.c): a reset clears ISR, but the interrupt stays pending. */
static void test_reset_lowers_the_line(void **state)
{
	for (unsigned i = 0; i < STEPS - 1; i++)
		step(i);
	virtio_config_changed(d);
	assert_int_equal(raised, 1);
	wr(STATUS, 1, 0);
	assert_int_equal(lowered, 1);
}

static void test_features_must_be_right(void **state)
{
	static const struct {
		uint32_t low, high;
		bool fine;
	} tries[] = {
		{0, VERSION_1, true},
		{OWN_BIT | INDIRECT | EVENT_IDX, VERSION_1, true},
		{0, 0, false},
		{OWN_BIT, 0, false},
		{1, VERSION_1, false},
		{OWN_BIT | 1u << 31, VERSION_1, false},
		{0, VERSION_1 | 2, false},
		{0xFFFFFFFF, 0xFFFFFFFF, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		step_features(tries[i].low, tries[i].high);
		assert_int_equal(rd(STATUS, 1), ACK | DRIVER | (tries[i].fine ? FEATURES_OK : 0));
		wr(GFSELECT, 4, 2);
		wr(GF, 4, 0xFFFFFFFF); /* no such half */
		wr(GFSELECT, 4, 0);
		wr(GF, 4, 0x55); /* settled, if it was fine */
		assert_int_equal(rd(GF, 4), tries[i].fine ? tries[i].low : 0x55);
		wr(STATUS, 1, 0);
	}
}

static void test_queue_sizes(void **state)
{
	static const struct {
		uint32_t num;
		bool fine;
	} tries[] = {{1, true},    {2, true},       {32, true},     {64, true},
		     {0, false},   {3, false},      {63, false},    {128, false},
		     {256, false}, {0x8000, false}, {0xFFFF, false}};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		wr(Q_SELECT, 2, 0);
		wr(Q_SIZE, 2, tries[i].num);
		assert_int_equal(rd(Q_SIZE, 2), tries[i].fine ? tries[i].num : 64);
		wr(STATUS, 1, 0);
	}
	wr(Q_ENABLE, 2, 2);
	assert_int_equal(rd(Q_ENABLE, 2), 0);
}

static void test_a_queue_in_use_stays(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		step(i);
	for (unsigned at = Q_DESC; at < COMMON_END; at += 4)
		wr(at, 4, 0xFFFFFFFF);
	wr(Q_SIZE, 2, 4);
	wr(Q_ENABLE, 2, 0);
	assert_int_equal(rd(Q_ENABLE, 2), 1);
	assert_int_equal(rd(Q_SIZE, 2), 8);
	assert_int_equal(rd(Q_DESC, 4), 0x1000);
	assert_int_equal(rd(Q_AVAIL, 4), 0x2000);
	assert_int_equal(rd(Q_USED, 4), 0x3000);
	assert_int_equal(rd(Q_USED + 4, 4), 0);
	assert_int_equal(d->queues[0].ring.num, 8);
	assert_int_equal(d->queues[0].ring.used, 0x3000);
}

/* OPEN BUG (core/virtio/pci.c): queue_write() forms &queues[queue_select] before it compares. */
static void test_queue_select_out_of_range(void **state)
{
	static const uint16_t selects[] = {2, 3, 4, 0x7FFF, 0xFFFF};
	struct virtio_device before;

	for (size_t i = 0; i < ARRAY_SIZE(selects); i++) {
		wr(Q_SELECT, 2, selects[i]);
		before = *d;
		for (unsigned at = Q_SIZE; at < COMMON_END; at += 2)
			wr(at, at >= Q_DESC ? 4 : 2, 1);
		assert_memory_equal(&before, d, sizeof(before));
		assert_int_equal(rd(Q_SELECT, 2), selects[i]);
		assert_int_equal(rd(Q_SIZE, 2), 0); /* "0 if the queue is unavailable" */
		assert_int_equal(rd(Q_ENABLE, 2), 0);
		for (unsigned at = Q_DESC; at < COMMON_END; at += 4)
			assert_int_equal(rd(at, 4), 0);
		wr(NOTIFY + (selects[i] & 63) * 4, 2, selects[i]);
	}
	assert_int_equal(notified[0] + notified[1], 0);
}

static void test_bad_ring_addresses(void **state)
{
	static const struct {
		uint64_t desc, avail, used;
		bool fine;
	} tries[] = {
		{MEMORY - 128, 0, 0, true},
		{0, MEMORY - 22, 0, true},
		{0, 0, MEMORY - 72, true}, /* 6 + 8 * 8, next multiple of 4 */
		{MEMORY - 112, 0, 0, false},
		{0, MEMORY - 20, 0, false},
		{0, 0, MEMORY - 68, false},
		{0x1008, 0, 0, false},
		{0, 0x1001, 0, false},
		{0, 0, 0x1002, false},
		{MEMORY, 0, 0, false},
		{0xFFFFFFF0, 0, 0, false},
		{0x100000000, 0, 0, false},
		{0, 0x100002000, 0, false},
		{0, 0, 0x8000000000003000, false},
		{0xFFFFFFFFFFFFFFF0, 0, 0, false},
		{0, 0xFFFFFFFFFFFFFFFE, 0, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		bool fine = tries[i].fine;

		for (unsigned n = 0; n < 3; n++)
			step(n);
		step_queue(0, tries[i].desc, tries[i].avail, tries[i].used, 8);
		assert_int_equal(d->queues[0].ring.is_broken, !fine);
		step(5);
		wr(NOTIFY, 2, 0);
		raised = 0;
		assert_int_equal(virtio_check(d) != NULL, !fine);
		assert_null(virtio_check(d)); /* once */
		assert_int_equal(!(rd(STATUS, 1) & NEEDS_RESET), fine);
		assert_int_equal(raised, !fine);
		assert_int_equal(rd(ISR, 1) & 2, fine ? 0 : 2);
		notified[0] = 0;
		wr(STATUS, 1, ACK | DRIVER | FEATURES_OK | DRIVER_OK); /* does not help */
		wr(NOTIFY, 2, 0);
		assert_int_equal(notified[0], fine);
		wr(STATUS, 1, 0);
		check_is_reset();
	}
}

static void test_every_bar_access(void **state)
{
	static const uint32_t values[] = {0, 1, 0xFFFFFFFF, 0x80, 2};
	struct virtio_pci before;

	memset(d->config + 12, 0xEE, sizeof(d->config) - 12); /* nobody's to read */
	before = *p;
	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		for (unsigned size = 1; size <= 4; size *= 2) {
			for (uint32_t at = 0; at < BAR_BYTES; at++) {
				uint32_t mask = size == 4 ? ~0u : (1u << 8 * size) - 1;

				if (at == Q_SELECT)
					continue; /* has a test of its own */
				wr(at, size, values[v] & mask);
				assert_true((rd(at, size) & ~mask) == 0);
				virtio_check(d);
				assert_memory_equal(before.config, p->config, 256);
				if (at >= COMMON_END && at != ISR &&
				    !(at >= DEVICE && at + size <= DEVICE + 12))
					assert_int_equal(rd(at, size), 0);
			}
		}
	}
	assert_int_equal(written, 5 * (12 + 11 + 9));
	wr(STATUS, 1, 0);
	check_is_reset();
}

/* A queue without memory is not looked into, whatever is notified. */
static void test_notified_before_it_is_enabled(void **state)
{
	step_features(0, VERSION_1);
	wr(STATUS, 1, ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	assert_true(virtio_is_ready(d));
	wr(NOTIFY, 2, 0);
	wr(NOTIFY + 4, 2, 1);
	assert_int_equal(notified[0] + notified[1], 0);
}

static void test_random_accesses(void **state)
{
	struct unit_random random = {0x123456789ABCDEFull};

	for (unsigned n = 0; n < 200000; n++) {
		uint64_t r = unit_random(&random);
		unsigned size = 1u << r % 3;
		uint32_t at = r >> 8 & 3 ? r >> 16 & 63 : r >> 16 & 0xFFF, value = r >> 32;
		uint32_t mask = size == 4 ? ~0u : (1u << 8 * size) - 1;

		value = (r >> 10 & 3 ? value & 0xF0 : value) & mask;
		if (at == Q_SELECT || at == GFSELECT)
			value &= 1;
		if (r >> 12 & 1)
			rd(at, size);
		else
			wr(at, size, value);
		if (r >> 13 & 1)
			cwr(r >> 20 & 0xFC, size, value & 0xF);
		virtio_check(d);
	}
}

static void work_came(struct virtio_device *of)
{
	assert_ptr_equal(of, d);
	written++;
}

static bool is_busy(const struct virtio_device *of)
{
	return of == d;
}

/* Without what the transport has: nobody to tell of work, no line to lower. */
static void test_what_may_be_absent(void **state)
{
	struct virtio_kind card = kind;

	virtio_wants_work(d);
	d->work_came = work_came;
	virtio_wants_work(d);
	assert_int_equal(written, 1);
	p->lower = NULL;
	assert_int_equal(rd(ISR, 1), 0);
	wr(STATUS, 1, 0);
	assert_int_equal(lowered, 0);
	card.id = 1;
	card.is_busy = is_busy;
	virtio_device_init(d, &card, &mem, 0);
	virtio_pci_init(p, d, BAR, LINE);
	assert_int_equal(crd(0x0A, 2), 0x0200);  /* the class of an Ethernet card */
	assert_int_equal(rd(STATUS, 1), DRIVER); /* a reset that is not over */
}

static void test_enabled_once(void **state)
{
	virtio_enable_queue(d, 2);
	d->queues[0].num = 8;
	virtio_enable_queue(d, 0);
	d->queues[0].num = 16;
	virtio_enable_queue(d, 0);
	assert_int_equal(d->queues[0].ring.num, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(test_a_driver_life),
		PCI_TEST(test_reset_at_every_step),
		PCI_TEST(test_features_must_be_right),
		PCI_TEST(test_queue_sizes),
		PCI_TEST(test_a_queue_in_use_stays),
		PCI_TEST(test_bad_ring_addresses),
		PCI_TEST(test_every_bar_access),
		PCI_TEST(test_notified_before_it_is_enabled),
		PCI_TEST(test_every_bar_access),
		PCI_TEST(test_random_accesses),
		PCI_TEST(test_reset_lowers_the_line),
		PCI_TEST(test_queue_select_out_of_range),
		cmocka_unit_test_setup_teardown(test_what_may_be_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_enabled_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
