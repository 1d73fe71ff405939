/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/disk_window.c: requests land in their part, and windows take turns. */
/* unit-sources: core/disk_window.c core/ramdisk.c core/block_queue.c */
#include "core/disk_window.h"

#include "core/ramdisk.h"
#include "test/unit/disk_fixture.h"

#define SECTORS 300u
#define MAKERS  40u

static struct fake_disk below;
static struct disk_window windows[3];
static unsigned woken;

static int setup(void **state)
{
	fake_disk_init(&below, SECTORS);
	for (unsigned i = 0; i < 3; i++)
		disk_window_init(&windows[i], &below.disk, 100 * i, 100, i == 2);
	woken = 0;
	return 0;
}

static int teardown(void **state)
{
	free(below.data);
	return 0;
}

static void test_looks(void **state)
{
	assert_int_equal(windows[1].disk.sectors, 100);
	assert_int_equal(windows[1].disk.physical_bytes, 4096);
	assert_string_equal(windows[1].disk.model, "fake");
	assert_false(windows[1].disk.read_only);
	assert_true(windows[2].disk.read_only);
	assert_null(windows[0].disk.ops->step);
	below.disk.read_only = true;
	disk_window_init(&windows[0], &below.disk, 0, 1, false);
	assert_true(windows[0].disk.read_only);
}

static void test_a_window_is_a_part(void **state)
{
	struct maker m = {0};

	make_request(&m, NULL, BLOCK_WRITE, 99, 1);
	maker_submit(&m, &windows[1].disk);
	assert_int_equal(below.pending[0]->sector, 199);
	assert_int_equal(m.block.sector, 99);
	fake_finish(&below, 0, 0);
	assert_int_equal(m.done, 1);
	assert_int_equal(m.error, 0);
	assert_memory_equal(below.data + 199 * 512, m.memory, 512);
	make_request(&m, NULL, BLOCK_READ, 0, 100);
	maker_submit(&m, &windows[2].disk);
	fake_finish(&below, 0, -EIO);
	assert_int_equal(m.error, -EIO);
	free(m.memory);
}

/* More than the window's own 16, and a disk that takes 3: none lost, in their order. */
static void test_more_than_there_is_room_for(void **state)
{
	static struct maker m[MAKERS];

	below.room = 3;
	for (unsigned i = 0; i < MAKERS; i++) {
		make_request(&m[i], NULL, BLOCK_READ, i, 1);
		maker_submit(&m[i], &windows[0].disk);
		assert_int_equal(below.count, MIN(i + 1, 3u));
	}
	below.room = 30;
	for (unsigned i = 0; i < MAKERS; i++) {
		unsigned oldest = 0;

		for (unsigned n = 0; n < below.count; n++)
			if (below.pending[n]->sector < below.pending[oldest]->sector)
				oldest = n;
		fake_finish(&below, oldest, 0);
		assert_true(below.count <= DISK_WINDOW_REQUESTS);
		assert_int_equal(m[i].done, 1);
		assert_memory_equal(m[i].memory, below.data + i * 512, 512);
	}
	for (unsigned i = 0; i < MAKERS; i++)
		free(m[i].memory);
}

static struct maker greedy, modest;

static void greedy_done(struct block_request *r, int error)
{
	greedy.done++;
	windows[0].disk.ops->submit(&windows[0].disk, r);
}

/* A disk with room for one, and a window whose maker always has another request. */
static void test_windows_take_turns(void **state)
{
	below.room = 1;
	make_request(&greedy, NULL, BLOCK_READ, 0, 1);
	greedy.block.done = greedy_done;
	maker_submit(&greedy, &windows[0].disk);
	for (unsigned i = 1; i < 10; i++) {
		make_request(&modest, NULL, BLOCK_READ, 0, 1);
		maker_submit(&modest, &windows[1].disk);
		fake_finish(&below, 0, 0);
		assert_int_equal(greedy.done, i);
		assert_int_equal(below.pending[0]->sector, 100);
		fake_finish(&below, 0, 0);
		assert_int_equal(modest.done, 1);
	}
	free(greedy.memory);
	free(modest.memory);
	greedy = modest = (struct maker){0};
}

static void note_wake(struct block_disk *d)
{
	woken |= *(unsigned *)d->owner;
}

static void test_wake_reaches_all_but_the_removed(void **state)
{
	static unsigned bits[] = {1, 2, 4};

	for (unsigned i = 0; i < 2; i++) {
		windows[i].disk.wake = note_wake;
		windows[i].disk.owner = &bits[i];
	}
	below.disk.wake(&below.disk);
	assert_int_equal(woken, 3);
	woken = 0;
	disk_window_remove(&windows[0]);
	below.disk.wake(&below.disk);
	assert_int_equal(woken, 2);
	disk_window_remove(&windows[2]);
	disk_window_remove(&windows[1]);
	assert_null(below.disk.wake);
	woken = 0;
	disk_window_init(&windows[2], &below.disk, 0, 1, false);
	windows[2].disk.wake = note_wake;
	windows[2].disk.owner = &bits[2];
	below.disk.wake(&below.disk);
	assert_int_equal(woken, 4);
}

static void test_steps_of_the_disk_below(void **state)
{
	static uint8_t memory[200 * 512];
	struct ramdisk ram;
	struct maker m = {0};

	ramdisk_init(&ram, memory, sizeof(memory), false);
	disk_window_init(&windows[0], &ram.disk, 0, 100, false);
	disk_window_init(&windows[1], &ram.disk, 100, 100, false);
	make_request(&m, NULL, BLOCK_WRITE, 1, 2);
	maker_submit(&m, &windows[1].disk);
	assert_false(windows[1].disk.ops->step(&windows[1].disk));
	assert_int_equal(m.done, 1);
	assert_memory_equal(memory + 101 * 512, m.memory, 1024);
	free(m.memory);
}

/* Requests of three windows in random order, with errors. */
static void test_at_random(void **state)
{
	struct unit_random random = {4242};
	static struct maker m[MAKERS];
	uint8_t *model = malloc(SECTORS * 512);
	unsigned busy = 0;

	memcpy(model, below.data, SECTORS * 512);
	for (unsigned i = 0; i < MAKERS; i++)
		m[i].done = 1;
	for (unsigned go = 0; go < 20000; go++) {
		unsigned i = (unsigned)(unit_random(&random) % MAKERS);
		unsigned w = i % 2; /* each maker its own sectors: no order among them matters */
		uint32_t base = w * 100 + i / 2 * 5;

		below.room = 1 + (unsigned)(unit_random(&random) % 30);
		if (m[i].done && go < 19000) {
			bool is_write = unit_random(&random) & 1;

			if (m[i].memory && !m[i].error && m[i].block.op == BLOCK_WRITE)
				memcpy(model + base * 512, m[i].memory, 5 * 512);
			if (m[i].memory && !m[i].error)
				assert_memory_equal(model + base * 512, m[i].memory, 5 * 512);
			make_request(&m[i], &random, is_write ? BLOCK_WRITE : BLOCK_READ, i / 2 * 5,
				     5);
			maker_submit(&m[i], &windows[w].disk);
			busy++;
		} else if (below.count) {
			unsigned n = (unsigned)(unit_random(&random) % below.count);

			fake_finish(&below, n, unit_random(&random) % 8 ? 0 : -EIO);
		}
	}
	while (below.count)
		fake_finish(&below, 0, 0);
	for (unsigned i = 0; i < MAKERS; i++) {
		assert_int_equal(m[i].done, 1);
		free(m[i].memory);
	}
	assert_true(busy > 5000 && below.refused > 100);
	assert_memory_equal(model + 200 * 512, below.data + 200 * 512, 100 * 512);
	free(model);
}

#define WINDOW_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WINDOW_TEST(test_looks),
		WINDOW_TEST(test_a_window_is_a_part),
		WINDOW_TEST(test_more_than_there_is_room_for),
		WINDOW_TEST(test_windows_take_turns),
		WINDOW_TEST(test_wake_reaches_all_but_the_removed),
		WINDOW_TEST(test_steps_of_the_disk_below),
		WINDOW_TEST(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
