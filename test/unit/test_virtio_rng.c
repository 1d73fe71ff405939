/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the virtio entropy device: what it says it wrote was filled, nothing else touched. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/rng.c */
#include "core/virtio/rng.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MEMORY   0x20000u
#define DATA     0x8000u
#define INDIRECT 0x2000u
#define NUM      64u
#define BUDGET   1024u
#define AVAIL    0x400u
#define USED     0x800u

enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };

static struct virtio_rng *rng;
static uint8_t *memory, *model; /* what the guest's memory should look like behind the ring */
static unsigned raised, filled, fills; /* of one go */
static uint8_t next_byte;

/* Bytes that differ from those around them and from what was there. */
static void fake_fill(void *to, uint32_t bytes)
{
	filled += bytes;
	fills++;
	for (uint32_t i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = next_byte = (uint8_t)(next_byte * 5 + 1);
}

static void fake_raise(struct virtio_device *d)
{
	raised++;
}

static void put(uint32_t at, unsigned bytes, uint64_t value)
{
	memcpy(memory + at, &value, bytes);
}

static uint32_t get(uint32_t at, unsigned bytes)
{
	uint32_t value = 0;

	memcpy(&value, memory + at, bytes);
	return value;
}

static void put_desc(uint32_t table, unsigned i, uint32_t gpa, uint32_t bytes, unsigned flags)
{
	put(table + 16 * i, 8, gpa);
	put(table + 16 * i + 8, 4, bytes);
	put(table + 16 * i + 12, 2, flags);
	put(table + 16 * i + 14, 2, i + 1);
}

static void offer(unsigned head)
{
	uint32_t idx = get(AVAIL + 2, 2);

	put(AVAIL + 4 + 2 * (idx % NUM), 2, head);
	put(AVAIL + 2, 2, idx + 1);
}

static uint32_t used_idx(void)
{
	return get(USED + 2, 2);
}

static uint32_t used_len(unsigned n)
{
	return get(USED + 4 + 8 * (n % NUM) + 4, 4);
}

static void notify(void)
{
	filled = fills = 0;
	virtio_notify(&rng->device, 0);
	assert_true(filled <= BUDGET && fills <= 16);
}

static void work(void)
{
	filled = fills = 0;
	virtio_work(&rng->device);
	assert_true(filled <= BUDGET && fills <= 16);
}

static void start(uint64_t features)
{
	struct virtio_queue *q = &rng->device.queues[0];

	virtio_set_status(&rng->device, 3);
	rng->device.accepted = features | 1ull << 32;
	virtio_set_status(&rng->device, 11);
	q->desc = 0;
	q->avail = AVAIL;
	q->used = USED;
	virtio_enable_queue(&rng->device, 0);
	virtio_set_status(&rng->device, 15);
	assert_int_equal(rng->device.status, 15);
}

static int setup(void **state)
{
	struct vmem mem = {.bytes = MEMORY};

	memory = mem.base = calloc(1, MEMORY);
	model = calloc(1, MEMORY);
	rng = calloc(1, sizeof(*rng));
	raised = 0;
	next_byte = 3;
	virtio_rng_init(rng, &mem, fake_fill);
	rng->device.raise = fake_raise;
	return 0;
}

static int teardown(void **state)
{
	free(rng);
	free(model);
	free(memory);
	return 0;
}

/* The model's device writes `bytes` along the writable segments of a chain in table. */
static void model_fill(uint32_t table, unsigned first, unsigned count, uint32_t bytes)
{
	static uint8_t byte;

	if (!used_idx())
		byte = 3;
	for (unsigned i = first; i < first + count; i++) {
		uint32_t gpa = get(table + 16 * i, 4), n = get(table + 16 * i + 8, 4);

		if (!(get(table + 16 * i + 12, 2) & F_WRITE))
			continue;
		for (uint32_t at = 0; at < n && bytes; at++, bytes--)
			model[gpa + at] = byte = (uint8_t)(byte * 5 + 1);
	}
	assert_int_equal(bytes, 0);
}

static void test_it_says_what_it_is(void **state)
{
	assert_int_equal(rng->device.kind->id, 4);
	assert_int_equal(rng->device.kind->queues, 1);
	assert_int_equal(rng->device.queues[0].num, NUM);
	assert_int_equal(rng->device.kind->config_bytes, 0);
}

static void test_one_buffer(void **state)
{
	start(0);
	put_desc(0, 0, DATA, 64, F_WRITE);
	offer(0);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_len(0), 64);
	assert_int_equal(raised, 1);
	assert_int_equal(filled, 64);
	assert_int_not_equal(memory[DATA + 63], 0);
	assert_int_equal(memory[DATA + 64], 0);
	assert_int_equal(memory[DATA - 1], 0);
	assert_false(rng->device.work_left);
}

/* The guest gets a part, and the buffer back. */
static void test_a_large_buffer_is_filled_partly(void **state)
{
	start(0);
	put_desc(0, 0, DATA, 0x10000, F_WRITE);
	put_desc(0, 1, DATA, 10, F_WRITE);
	offer(0);
	offer(1);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_len(0), BUDGET);
	assert_int_equal(memory[DATA + BUDGET], 0);
	assert_true(rng->device.work_left);
	work();
	assert_int_equal(used_idx(), 2);
	assert_int_equal(used_len(1), 10);
	assert_false(rng->device.work_left);
	assert_int_equal(raised, 2);
}

/* One byte each, in one chain and in as many buffers as there are: the generator makes blocks. */
static void test_small_pieces_cost_as_well(void **state)
{
	start(0);
	for (unsigned i = 0; i < NUM; i++)
		put_desc(0, i, DATA + 2 * i, 1, F_WRITE | (i + 1 < NUM ? F_NEXT : 0));
	offer(0);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_len(0), 16);
	assert_int_equal(fills, 16);
	for (unsigned i = 0; i < NUM; i++)
		put_desc(0, i, DATA + 2 * i, 1, F_WRITE);
	for (unsigned i = 0; i < NUM; i++)
		offer(i);
	notify();
	assert_true(rng->device.work_left);
	for (unsigned go = 0; rng->device.work_left; go++) {
		assert_true(go < 5);
		work();
	}
	assert_int_equal(used_idx(), 1 + NUM);
	for (unsigned i = 1; i <= NUM; i++)
		assert_int_equal(used_len(i), 1);
}

static void test_nothing_to_write(void **state)
{
	start(0);
	put_desc(0, 0, DATA, 100, 0);
	put_desc(0, 1, DATA, 0, F_WRITE);
	put_desc(0, 2, DATA, 0, F_WRITE | F_NEXT);
	put_desc(0, 3, DATA, 100, F_NEXT);
	put_desc(0, 4, DATA + 200, 1, F_WRITE);
	offer(0);
	offer(1);
	offer(2);
	notify();
	assert_int_equal(used_idx(), 3);
	assert_int_equal(used_len(0), 0);
	assert_int_equal(used_len(1), 0);
	assert_int_equal(used_len(2), 1);
	assert_int_equal(filled, 1);
	assert_int_equal(memory[DATA], 0);
	assert_int_not_equal(memory[DATA + 200], 0);
}

/* Chains of random shape: each buffer comes back, its first bytes filled, the rest untouched. */
static void run_randomly(uint64_t seed, bool is_indirect)
{
	struct unit_random random = {seed};

	for (unsigned round = 0; round < 60; round++) {
		unsigned first[NUM], counts[NUM], buffers = 0, before = used_idx();

		for (unsigned head = 0; head + 8 <= NUM; buffers++) {
			uint32_t table = is_indirect ? INDIRECT + buffers * 8 * 16 : 0;
			unsigned n = 1 + (unsigned)(unit_random(&random) % 8);

			first[buffers] = is_indirect ? 0 : head;
			counts[buffers] = n;
			for (unsigned i = 0; i < n; i++) {
				uint64_t r = unit_random(&random);
				uint32_t at = DATA + (head + i) * 0x400;
				unsigned flags = (r & 1 ? F_WRITE : 0) | (i + 1 < n ? F_NEXT : 0);

				put_desc(table, first[buffers] + i, at + (r >> 40 & 7),
					 r & 6 ? (uint32_t)(r >> 8) % 1000 : 0, flags);
			}
			if (is_indirect)
				put_desc(0, head, table, 16 * n, F_INDIRECT);
			offer(head);
			head += n;
		}
		notify();
		for (unsigned go = 0; rng->device.work_left; go++) {
			assert_true(go < 100);
			work();
		}
		assert_int_equal((uint16_t)(used_idx() - before), buffers);
		for (unsigned b = 0; b < buffers; b++)
			model_fill(is_indirect ? INDIRECT + b * 8 * 16 : 0, first[b], counts[b],
				   used_len(before + b));
		assert_memory_equal(memory + DATA, model + DATA, MEMORY - DATA);
	}
	assert_null(virtio_check(&rng->device));
}

/* model_fill() starts its bytes anew with the first buffer. */
static void test_chains(void **state)
{
	start(0);
	model_fill(0, 0, 0, 0);
	run_randomly(4711, false);
}

static void test_indirect_chains(void **state)
{
	start(1ull << 28);
	model_fill(0, 0, 0, 0);
	run_randomly(815, true);
}

static void test_no_driver_no_bytes(void **state)
{
	notify();
	work();
	start(0);
	put_desc(0, 0, DATA, 0x1000, F_WRITE);
	put_desc(0, 1, DATA, 0x1000, F_WRITE);
	offer(0);
	offer(1);
	notify();
	assert_true(rng->device.work_left);
	virtio_set_status(&rng->device, 0);
	assert_false(rng->device.work_left);
	work();
	assert_int_equal(filled, 0);
	assert_int_equal(used_idx(), 1);
}

static void test_a_broken_ring_stops_it(void **state)
{
	start(0);
	put_desc(0, 0, MEMORY - 10, 11, F_WRITE);
	offer(0);
	notify();
	assert_int_equal(filled, 0);
	assert_false(rng->device.work_left);
	assert_non_null(virtio_check(&rng->device));
	assert_int_equal(rng->device.status & 0x40, 0x40);
}

#define RNG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RNG_TEST(test_it_says_what_it_is),
		RNG_TEST(test_one_buffer),
		RNG_TEST(test_a_large_buffer_is_filled_partly),
		RNG_TEST(test_small_pieces_cost_as_well),
		RNG_TEST(test_nothing_to_write),
		RNG_TEST(test_chains),
		RNG_TEST(test_indirect_chains),
		RNG_TEST(test_no_driver_no_bytes),
		RNG_TEST(test_a_broken_ring_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
