/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/ramdisk.c and the queue below it: random requests against a plain copy. */
/* unit-sources: core/ramdisk.c core/block_queue.c */
#include "core/ramdisk.h"

#include "test/unit/disk_fixture.h"

#define SECTORS 1000u
#define MAKERS  6u

static struct ramdisk disk;
static uint8_t *memory;

static int setup(void **state)
{
	memory = malloc(SECTORS * 512 + 100);
	memset(memory, 0x5A, SECTORS * 512 + 100);
	ramdisk_init(&disk, memory, SECTORS * 512 + 100, false);
	return 0;
}

static int teardown(void **state)
{
	free(memory);
	return 0;
}

static bool step(void)
{
	return disk.disk.ops->step(&disk.disk);
}

static void test_looks(void **state)
{
	assert_int_equal(disk.disk.sectors, SECTORS);
	assert_false(disk.disk.read_only || disk.disk.can_discard);
	assert_true(disk.disk.can_write_zeroes);
	assert_false(step());
	ramdisk_init(&disk, memory, 512, true);
	assert_true(disk.disk.read_only);
}

static void test_a_step_is_32_kib(void **state)
{
	struct maker m = {0};
	unsigned steps = 1;

	make_request(&m, NULL, BLOCK_WRITE, 0, 1000);
	maker_submit(&m, &disk.disk);
	assert_true(step());
	assert_memory_equal(memory, m.memory, 64 * 512);
	assert_int_equal(memory[64 * 512], 0x5A);
	while (step())
		steps++;
	assert_int_equal(steps, (1000 + 63) / 64 - 1);
	assert_int_equal(m.done, 1);
	assert_memory_equal(memory, m.memory, 1000 * 512);
	assert_int_equal(memory[1000 * 512], 0x5A);
	make_request(&m, NULL, BLOCK_WRITE_ZEROES, 1, 65);
	maker_submit(&m, &disk.disk);
	assert_true(step());
	assert_int_equal(m.done, 0);
	assert_false(step());
	assert_int_equal(m.done, 1);
	free(m.memory);
}

/* Requests that move nothing have their price, too: a maker may always add another. */
static void test_a_step_does_few_requests(void **state)
{
	struct maker m[10] = {{.done = 0}};
	unsigned done = 0;

	for (unsigned i = 0; i < 10; i++) {
		make_request(&m[i], NULL, BLOCK_FLUSH, 0, 0);
		maker_submit(&m[i], &disk.disk);
	}
	assert_true(step());
	for (unsigned i = 0; i < 10; i++)
		done += m[i].done;
	assert_int_equal(done, 4);
	assert_true(step());
	assert_false(step());
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(m[i].done, 1);
}

/* In the order they came; each reads what those before it wrote. */
static void check_done(struct maker *m, uint8_t *model)
{
	uint8_t *at = model + m->block.sector * 512;

	assert_int_equal(m->error, 0);
	if (m->block.op == BLOCK_READ)
		assert_memory_equal(m->memory, at, m->block.sectors * 512);
	if (m->block.op == BLOCK_WRITE)
		memcpy(at, m->memory, m->block.sectors * 512);
	if (m->block.op == BLOCK_WRITE_ZEROES)
		memset(at, 0, m->block.sectors * 512);
}

static void test_against_a_model(void **state)
{
	static const enum block_op ops[] = {BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH,
					    BLOCK_WRITE_ZEROES};
	struct maker m[MAKERS] = {{.done = 0}};
	struct unit_random random = {99};
	uint8_t *model = malloc(SECTORS * 512);

	memcpy(model, memory, SECTORS * 512);
	for (unsigned round = 0; round < 1500; round++) {
		unsigned count = 1 + (unsigned)(unit_random(&random) % MAKERS);

		for (unsigned i = 0; i < count; i++) {
			uint32_t first = (uint32_t)(unit_random(&random) % SECTORS);
			uint32_t most = 1 + (uint32_t)(unit_random(&random) % 200);

			most = MIN(most, SECTORS - first);
			make_request(&m[i], &random, ops[unit_random(&random) % 4], first, most);
			maker_submit(&m[i], &disk.disk);
		}
		while (step())
			;
		for (unsigned i = 0; i < count; i++) {
			assert_int_equal(m[i].done, 1);
			check_done(&m[i], model);
		}
	}
	assert_memory_equal(model, memory, SECTORS * 512);
	for (unsigned i = 0; i < MAKERS; i++)
		free(m[i].memory);
	free(model);
}

#define RAMDISK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAMDISK_TEST(test_looks),
		RAMDISK_TEST(test_a_step_is_32_kib),
		RAMDISK_TEST(test_a_step_does_few_requests),
		RAMDISK_TEST(test_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
