/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/overlay.c: what is read is what was written last, and the disk below stays as it is.
 */
/* unit-sources: core/overlay.c core/block_queue.c core/ramdisk.c */
#include "core/overlay.h"

#include "core/ramdisk.h"
#include "test/unit/disk_fixture.h"

#define SECTORS 3000u
#define PAGES   420u

static struct fake_disk below;
static struct overlay o;
static uint8_t *memory, *before;
static struct maker m;

static void init(unsigned pages)
{
	free(memory);
	memory = aligned_alloc(4096, pages * 4096);
	memset(memory, 0xA5, pages * 4096);
	overlay_init(&o, &below.disk, memory, pages);
}

static int setup(void **state)
{
	fake_disk_init(&below, SECTORS);
	before = malloc(SECTORS * 512);
	memcpy(before, below.data, SECTORS * 512);
	below.disk.read_only = true; /* the fake checks that nothing writes to it */
	init(PAGES);
	return 0;
}

static int teardown(void **state)
{
	assert_memory_equal(before, below.data, SECTORS * 512);
	free(before);
	free(below.data);
	free(memory);
	free(m.memory);
	memory = m.memory = NULL;
	return 0;
}

static bool step(void)
{
	return o.disk.ops->step(&o.disk);
}

/* m, until it is done; returns the error. */
static int run_it(void)
{
	maker_submit(&m, &o.disk);
	for (unsigned go = 0; !m.done; go++) {
		assert_true(go < 1000);
		if (!step() && below.count)
			fake_finish(&below, 0, 0);
	}
	assert_int_equal(m.done, 1);
	return m.error;
}

static int run(enum block_op op, uint64_t sector, uint32_t sectors)
{
	make_request(&m, NULL, op, sector, sectors);
	return run_it();
}

static void test_looks(void **state)
{
	assert_false(o.disk.read_only || o.disk.can_discard);
	assert_true(o.disk.can_write_zeroes);
	assert_int_equal(o.disk.sectors, SECTORS);
	assert_false(step());
	assert_int_equal(run(BLOCK_FLUSH, 0, 0), 0);
	assert_int_equal(below.submits, 0);
}

static void test_merges(void **state)
{
	uint8_t want[20 * 512];

	assert_int_equal(run(BLOCK_WRITE, 13, 5), 0);
	memcpy(want, below.data + 5 * 512, sizeof(want));
	memcpy(want + 8 * 512, m.memory, 5 * 512);
	assert_int_equal(run(BLOCK_WRITE_ZEROES, 9, 2), 0);
	memset(want + 4 * 512, 0, 2 * 512);
	assert_int_equal(run(BLOCK_READ, 5, 20), 0);
	assert_memory_equal(m.memory, want, sizeof(want));
	assert_int_equal(below.submits, 3); /* 5-8, 11-12, 18-24 */
	overlay_clear(&o);
	assert_int_equal(run(BLOCK_READ, 5, 20), 0);
	assert_memory_equal(m.memory, below.data + 5 * 512, sizeof(want));
	assert_int_equal(below.submits, 4);
}

static void test_steps_are_short(void **state)
{
	make_request(&m, NULL, BLOCK_WRITE, 3, 200);
	maker_submit(&m, &o.disk);
	for (unsigned n = 1; n <= 3; n++) {
		assert_true(step());
		assert_int_equal(o.queue.first->progress, n * 64);
	}
	assert_false(step());
	assert_int_equal(m.done, 1);
	make_request(&m, NULL, BLOCK_READ, 3, 200);
	maker_submit(&m, &o.disk);
	assert_true(step() && o.queue.first->progress == 64);
}

static void test_full(void **state)
{
	unsigned written = 0;

	init(OVERLAY_PAGES_MIN);
	while (!run(BLOCK_WRITE, written * 8, 1))
		written++;
	assert_int_equal(m.error, -ENOSPC);
	assert_int_equal(written, OVERLAY_PAGES_MIN - 1); /* one level: 375 blocks */
	assert_int_equal(run(BLOCK_WRITE, 0, 8), 0);
	assert_int_equal(run(BLOCK_READ, 0, 100), 0);
	assert_int_equal(run(BLOCK_WRITE, 50, 8), -ENOSPC);
	overlay_clear(&o);
	assert_int_equal(run(BLOCK_WRITE, 50, 8), 0);
}

static void test_errors_of_the_disk_below(void **state)
{
	make_request(&m, NULL, BLOCK_READ, 0, 10);
	maker_submit(&m, &o.disk);
	below.room = 0;
	assert_true(step()); /* -EAGAIN, and nothing of ours is there: it asks again */
	below.room = 1;
	assert_false(step());
	fake_finish(&below, 0, -EIO);
	assert_int_equal(m.done, 1);
	assert_int_equal(m.error, -EIO);
}

static unsigned woken;

static void note_wake(struct block_disk *d)
{
	assert_ptr_equal(d, &o.disk);
	woken++;
}

/* The answer of the disk below comes at any time; what waits behind it is for step(). */
static void test_wakes(void **state)
{
	struct maker second = {0};

	woken = 0;
	below.disk.wake(&below.disk); /* nobody waits above */
	o.disk.wake = note_wake;
	make_request(&m, NULL, BLOCK_READ, 0, 10);
	maker_submit(&m, &o.disk);
	make_request(&second, NULL, BLOCK_WRITE, 0, 10);
	maker_submit(&second, &o.disk);
	assert_false(step());
	assert_false(step()); /* it is up to the disk below */
	fake_finish(&below, 0, 0);
	assert_int_equal(m.done, 1);
	assert_int_equal(woken, 1);
	assert_int_equal(second.done, 0);
	assert_false(step());
	assert_int_equal(second.done, 1);
	below.disk.wake(&below.disk);
	assert_int_equal(woken, 2);
	free(second.memory);
}

/* Blocks far apart on a disk of 2^50 sectors: nodes in every level, and no two mixed up. */
static void test_a_huge_disk(void **state)
{
	below.disk.sectors = 1ull << 50;
	init(PAGES);
	assert_int_equal(o.levels, 5);
	for (unsigned bit = 3; bit < 50; bit++) {
		make_request(&m, &(struct unit_random){bit}, BLOCK_WRITE, 1ull << bit, bit % 8 + 1);
		assert_int_equal(run_it(), 0);
	}
	for (unsigned bit = 3; bit < 50; bit++) {
		struct maker want = {0};

		make_request(&want, &(struct unit_random){bit}, BLOCK_WRITE, 1ull << bit,
			     bit % 8 + 1);
		assert_int_equal(run(BLOCK_READ, 1ull << bit, bit % 8 + 1), 0);
		assert_memory_equal(m.memory, want.memory, (bit % 8 + 1) * 512);
		free(want.memory);
	}
	assert_int_equal(below.submits, 0);
}

/* Where nothing near was written there is no node to look into. */
static void test_far_from_all_that_was_written(void **state)
{
	below.disk.sectors = 1ull << 50;
	init(PAGES);
	assert_int_equal(run(BLOCK_WRITE, 1ull << 49, 8), 0);
	assert_int_equal(run(BLOCK_READ, 0, 20), 0);
	assert_memory_equal(m.memory, below.data, 20 * 512);
	assert_int_equal(below.submits, 1);
}

/* More than is looked up at one go. */
static void test_long_reads(void **state)
{
	assert_int_equal(run(BLOCK_READ, 100, 2500), 0);
	assert_memory_equal(m.memory, below.data + 100 * 512, 2500 * 512);
	assert_int_equal(below.submits, 2);
}

static void test_levels(void **state)
{
	static const struct {
		uint64_t sectors;
		unsigned levels;
	} sizes[] = {{1, 1}, {8192, 1}, {8193, 2}, {8ull << 20, 2}, {(8ull << 20) + 1, 3}};

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		below.disk.sectors = sizes[i].sectors;
		init(PAGES);
		assert_int_equal(o.levels, sizes[i].levels);
		assert_int_equal(run(BLOCK_WRITE, sizes[i].sectors - 1, 1), 0);
		assert_int_equal(run(BLOCK_READ, sizes[i].sectors - 1, 1), 0);
		assert_int_equal(below.submits, 0);
		assert_int_equal(o.used, 1 + sizes[i].levels);
	}
}

/* A disk below that works step by step: what waits behind its request is work all the same. */
static void test_over_a_ramdisk(void **state)
{
	static uint8_t data[100 * 512];
	struct maker second = {0};
	struct ramdisk ram;

	memset(data, 0x77, sizeof(data));
	ramdisk_init(&ram, data, sizeof(data), true);
	overlay_init(&o, &ram.disk, memory, PAGES);
	make_request(&m, NULL, BLOCK_READ, 0, 100);
	maker_submit(&m, &o.disk);
	make_request(&second, NULL, BLOCK_READ, 50, 10);
	maker_submit(&second, &o.disk);
	while (!m.done)
		assert_true(step());
	assert_int_equal(second.done, 0);
	while (step())
		;
	assert_int_equal(second.done, 1);
	assert_memory_equal(m.memory, data, sizeof(data));
	assert_memory_equal(second.memory, data, 10 * 512);
	free(second.memory);
}

static void test_at_random(void **state)
{
	struct unit_random random = {777};
	uint8_t *model = malloc(SECTORS * 512);

	memcpy(model, below.data, SECTORS * 512);
	for (unsigned round = 0; round < 4000; round++) {
		static const enum block_op ops[] = {BLOCK_READ, BLOCK_READ, BLOCK_WRITE,
						    BLOCK_WRITE, BLOCK_WRITE_ZEROES};
		enum block_op op = ops[unit_random(&random) % 5];
		uint32_t first = (uint32_t)(unit_random(&random) % SECTORS);
		uint32_t n = 1 + (uint32_t)(unit_random(&random) % (round % 10 ? 12 : 400));

		if (round % 500 == 499) {
			overlay_clear(&o);
			memcpy(model, below.data, SECTORS * 512);
		}
		n = MIN(n, SECTORS - first);
		make_request(&m, &random, op, first, n);
		maker_submit(&m, &o.disk);
		while (!m.done) {
			below.room = unit_random(&random) & 1;
			if (!step() && below.count)
				fake_finish(&below, 0, 0);
		}
		assert_int_equal(m.error, 0);
		if (op == BLOCK_READ)
			assert_memory_equal(m.memory, model + first * 512, n * 512);
		else if (op == BLOCK_WRITE)
			memcpy(model + first * 512, m.memory, n * 512);
		else
			memset(model + first * 512, 0, n * 512);
	}
	assert_true(below.refused > 100);
	free(model);
}

#define OVERLAY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVERLAY_TEST(test_looks),
		OVERLAY_TEST(test_merges),
		OVERLAY_TEST(test_steps_are_short),
		OVERLAY_TEST(test_full),
		OVERLAY_TEST(test_errors_of_the_disk_below),
		OVERLAY_TEST(test_wakes),
		OVERLAY_TEST(test_a_huge_disk),
		OVERLAY_TEST(test_far_from_all_that_was_written),
		OVERLAY_TEST(test_long_reads),
		OVERLAY_TEST(test_levels),
		OVERLAY_TEST(test_over_a_ramdisk),
		OVERLAY_TEST(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
