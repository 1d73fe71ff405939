/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the device's side of a virtqueue on good rings and hostile ones. */
/* unit-sources: core/virtio/virtq.c */
#include "core/virtio/virtq.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MEMORY 0x40000u
#define RING   0x3000u
#define NUM    8u

enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };

static uint8_t *memory;
static struct virtq q;
static struct virtq_buffer buffer;

/* The driver's side, byte offsets as in virtio 1.0, 2.4. */
static void put(uint32_t at, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		memory[at + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(uint32_t at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = bytes; i-- > 0;)
		value = value << 8 | memory[at + i];
	return value;
}

static uint32_t avail_at(void)
{
	return RING + 16 * NUM;
}

static uint32_t used_at(void)
{
	return (avail_at() + 6 + 2 * NUM + 4095) / 4096 * 4096;
}

static void put_desc(unsigned i, uint64_t addr, uint32_t len, unsigned flags, unsigned next)
{
	put(RING + 16 * i, 8, addr);
	put(RING + 16 * i + 8, 4, len);
	put(RING + 16 * i + 12, 2, flags);
	put(RING + 16 * i + 14, 2, next);
}

static void offer(unsigned head)
{
	uint16_t idx = (uint16_t)get(avail_at() + 2, 2);

	put(avail_at() + 4 + 2 * (idx % NUM), 2, head);
	put(avail_at() + 2, 2, (uint16_t)(idx + 1));
}

static int setup(void **state)
{
	struct vmem mem = {.bytes = MEMORY};

	memory = mem.base = calloc(1, MEMORY);
	virtq_init(&q, &mem, NUM, RING, 4096);
	assert_false(q.is_broken);
	return 0;
}

static int teardown(void **state)
{
	free(memory);
	return 0;
}

static void test_sizes_of_the_legacy_layout(void **state)
{
	assert_int_equal(virtq_bytes(64, 4096), 8192 - 4096 + 6 + 8 * 64);
	assert_int_equal(virtq_bytes(256, 4096), 8192 + 6 + 8 * 256);
	assert_int_equal(virtq_bytes(1, 4), 24 + 14);
	assert_int_equal(q.desc, RING);
	assert_int_equal(q.avail, avail_at());
	assert_int_equal(q.used, used_at());
}

static bool init_is_refused(uint16_t num, gpa_t gpa, uint32_t bytes)
{
	struct vmem mem = {.base = memory, .bytes = bytes};
	struct virtq r;

	virtq_init(&r, &mem, num, gpa, 4096);
	if (r.is_broken)
		assert_true(r.why && !virtq_has_buffer(&r) && !virtq_pop(&r, &buffer) &&
			    !virtq_wants_interrupt(&r));
	return r.is_broken;
}

static void test_init_takes_only_rings_in_memory(void **state)
{
	uint32_t bytes = virtq_bytes(NUM, 4096);

	for (unsigned num = 0; num <= 1024; num++)
		assert_int_equal(init_is_refused((uint16_t)num, 0, MEMORY),
				 num == 0 || num > VIRTQ_MAX || (num & (num - 1)));
	assert_true(init_is_refused(32768, 0, MEMORY));
	assert_false(init_is_refused(NUM, 0x8000, 0x8000 + bytes));
	assert_true(init_is_refused(NUM, 0x8000, 0x8000 + bytes - 1));
	assert_true(init_is_refused(NUM, MEMORY, MEMORY));
	assert_true(init_is_refused(NUM, 0xFFFFF000, MEMORY));
	assert_true(init_is_refused(256, 0xFFFFE000, MEMORY));
}

/*
 * An address that is not aligned: the used ring is aligned by its address but
 * the check went by virtq_bytes(), which aligns by the offset.
 */
static void test_init_of_an_unaligned_ring_stays_in_memory(void **state)
{
	for (gpa_t gpa = 0x2000; gpa < 0x3000; gpa += 16) {
		for (uint32_t end = gpa; end < gpa + 0x3000; end += 16) {
			struct vmem mem = {.base = memory, .bytes = end};
			struct virtq r;

			virtq_init(&r, &mem, NUM, gpa, 4096);
			if (!r.is_broken && r.used + 6 + 8 * NUM > end)
				fail_msg("ring at 0x%x: used ring at 0x%x of memory 0x%x", gpa,
					 r.used, end);
		}
	}
}

static void test_one_chain(void **state)
{
	put_desc(3, 0x100, 10, F_NEXT, 7);
	put_desc(7, 0x200, 0, F_NEXT, 0);
	put_desc(0, MEMORY - 5, 5, F_WRITE | F_NEXT, 5);
	put_desc(5, MEMORY, 0, F_WRITE,
		 99); /* empty, at the very end: allowed; next means nothing */
	assert_false(virtq_has_buffer(&q));
	assert_false(virtq_pop(&q, &buffer));
	assert_false(q.is_broken);
	offer(3);
	assert_true(virtq_has_buffer(&q));
	assert_true(virtq_pop(&q, &buffer));
	assert_int_equal(buffer.head, 3);
	assert_int_equal(buffer.count, 4);
	assert_int_equal(buffer.segments[0].gpa, 0x100);
	assert_int_equal(buffer.segments[0].bytes, 10);
	assert_false(buffer.segments[0].device_writes);
	assert_int_equal(buffer.segments[2].gpa, MEMORY - 5);
	assert_true(buffer.segments[2].device_writes);
	assert_false(virtq_has_buffer(&q));
	virtq_push(&q, &buffer, 0x1234);
	assert_int_equal(get(used_at() + 2, 2), 1);
	assert_int_equal(get(used_at() + 4, 4), 3);
	assert_int_equal(get(used_at() + 8, 4), 0x1234);
}

/* Through the 16-bit wrap of both indices, with the ring empty and full in turn. */
static void test_indices_wrap(void **state)
{
	uint32_t given = 0;

	for (unsigned i = 0; i < NUM; i++)
		put_desc(i, 0x1000 + i, i, 0, 0);
	for (int round = 0; round < 20000; round++) {
		unsigned batch = round % (NUM + 1);

		for (unsigned i = 0; i < batch; i++)
			offer((given + i) % NUM);
		for (unsigned i = 0; i < batch; i++, given++) {
			assert_true(virtq_pop(&q, &buffer));
			assert_int_equal(buffer.head, given % NUM);
			assert_int_equal(buffer.segments[0].gpa, 0x1000 + given % NUM);
			virtq_push(&q, &buffer, given);
			assert_int_equal(get(used_at() + 2, 2), (uint16_t)(given + 1));
			assert_int_equal(get(used_at() + 4 + 8 * (given % NUM), 4), given % NUM);
			assert_int_equal(get(used_at() + 8 + 8 * (given % NUM), 4), given);
		}
		assert_false(virtq_pop(&q, &buffer));
		assert_false(q.is_broken);
	}
	assert_true(given > 65536);
}

static void expect_broken(void)
{
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
	assert_non_null(q.why);
	assert_false(virtq_has_buffer(&q)); /* and stays so */
	assert_false(virtq_pop(&q, &buffer));
	assert_false(virtq_wants_interrupt(&q));
	teardown(NULL);
	setup(NULL);
}

static void test_loops(void **state)
{
	put_desc(0, 0, 1, F_NEXT, 0);
	offer(0);
	expect_broken();
	for (unsigned i = 0; i < NUM; i++)
		put_desc(i, 0, 1, F_NEXT, (i + 1) % NUM);
	offer(5);
	expect_broken();
	for (unsigned i = 0; i < NUM; i++) /* as long as it may be: no loop */
		put_desc(i, 0, 1, i ? F_NEXT : 0, (i + 1) % NUM);
	offer(1);
	assert_true(virtq_pop(&q, &buffer));
	assert_int_equal(buffer.count, NUM);
}

static void test_indices_out_of_range(void **state)
{
	static const uint16_t bad[] = {NUM, NUM + 1, 0x7FFF, 0x8000, 0xFFFF};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		offer(bad[i]);
		expect_broken();
		put_desc(0, 0, 1, F_NEXT, bad[i]);
		offer(0);
		expect_broken();
	}
	offer(0); /* descriptor NUM is the available ring itself: let it look like a good one */
	offer(0);
	offer(NUM);
	assert_true(virtq_pop(&q, &buffer) && virtq_pop(&q, &buffer));
	expect_broken();
}

static void test_available_index_jumps(void **state)
{
	put(avail_at() + 2, 2, NUM); /* all at once is allowed */
	for (unsigned i = 0; i < NUM; i++)
		assert_true(virtq_pop(&q, &buffer));
	assert_false(virtq_pop(&q, &buffer));
	assert_false(q.is_broken);
	put(avail_at() + 2, 2, 2 * NUM + 1);
	expect_broken();
	put(avail_at() + 2, 2, 0xFFFF); /* backwards */
	expect_broken();
}

static void test_descriptors_into_nowhere(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
	} bad[] = {
		{MEMORY, 1},
		{MEMORY - 1, 2},
		{MEMORY + 1, 0},
		{0, MEMORY + 1},
		{1, MEMORY},
		{0xFFFFFFFF, 1},
		{0xFFFFFFFFFFFFFFFF, 1},
		{0xFFFFFFFFFFFFFFFF, 2},
		{16, 0xFFFFFFFF},
		{0x100000000, 1},
		{0x100000010, 4},
		{0x8000000000000000, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put_desc(2, bad[i].addr, bad[i].len, F_WRITE, 0);
		offer(2);
		expect_broken();
		put_desc(1, 0, 4, F_NEXT, 2); /* second in its chain */
		put_desc(2, bad[i].addr, bad[i].len, 0, 0);
		offer(1);
		expect_broken();
	}
	put_desc(0, 0, MEMORY, 0, 0);
	offer(0);
	assert_true(virtq_pop(&q, &buffer));
}

static void test_indirect_was_not_offered(void **state)
{
	put_desc(0, 0x100, 16, F_INDIRECT, 0);
	offer(0);
	expect_broken();
}

static void test_interrupts_can_be_declined(void **state)
{
	assert_true(virtq_wants_interrupt(&q));
	put(avail_at(), 2, 1);
	assert_false(virtq_wants_interrupt(&q));
	put(avail_at(), 2, 0xFFFE);
	assert_true(virtq_wants_interrupt(&q));
}

/* What a pop must find, read the other way; count 0: the ring breaks. */
static unsigned expected_chain(uint16_t last, struct virtq_segment *out)
{
	uint16_t waiting = (uint16_t)(get(avail_at() + 2, 2) - last);
	uint64_t i = get(avail_at() + 4 + 2 * (last % NUM), 2);

	for (unsigned n = 0; waiting <= NUM && n < NUM && i < NUM; n++) {
		uint64_t addr = get(RING + 16 * (uint32_t)i, 8);
		uint64_t len = get(RING + 16 * (uint32_t)i + 8, 4);
		uint64_t flags = get(RING + 16 * (uint32_t)i + 12, 2);

		if (addr > MEMORY || addr + len > MEMORY || flags & F_INDIRECT)
			return 0;
		out[n] = (struct virtq_segment){(gpa_t)addr, (uint32_t)len, flags & F_WRITE};
		if (!(flags & F_NEXT))
			return n + 1;
		i = get(RING + 16 * (uint32_t)i + 14, 2);
	}
	return 0;
}

static void check_pops(void)
{
	for (unsigned n = 0; n < 2 * NUM; n++) {
		struct virtq_segment must[NUM];
		uint16_t last = q.last_avail;
		bool is_empty = get(avail_at() + 2, 2) == last;
		unsigned count = expected_chain(last, must);

		if (virtq_pop(&q, &buffer)) {
			assert_false(is_empty);
			assert_int_equal(buffer.count, count);
			assert_int_equal(q.last_avail, (uint16_t)(last + 1));
			for (unsigned i = 0; i < count; i++) {
				assert_int_equal(buffer.segments[i].gpa, must[i].gpa);
				assert_int_equal(buffer.segments[i].bytes, must[i].bytes);
				assert_int_equal(buffer.segments[i].device_writes,
						 must[i].device_writes);
			}
			virtq_push(&q, &buffer, 1);
			continue;
		}
		assert_int_equal(q.is_broken, !is_empty && count == 0);
		return;
	}
}

static void test_random_mutations(void **state)
{
	struct unit_random r = {41};

	for (int round = 0; round < 30000; round++) {
		unsigned mutations = unit_random(&r) % 4;

		q.is_broken = false;
		for (unsigned i = 0; i < NUM; i++)
			put_desc(i, unit_random(&r) % 0xF000, unit_random(&r) % 0x1000,
				 unit_random(&r) % 4, (i + 1 + unit_random(&r) % 2) % NUM);
		put(avail_at() + 2, 2, q.last_avail);
		for (unsigned n = unit_random(&r) % (NUM + 1); n > 0; n--)
			offer(unit_random(&r) % NUM);
		while (mutations--) {
			uint32_t at = RING + unit_random(&r) % (16 * NUM + 6 + 2 * NUM);

			memory[at] = (uint8_t)unit_random(&r);
		}
		check_pops();
	}
}

#define RING_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_TEST(test_sizes_of_the_legacy_layout),
		RING_TEST(test_init_takes_only_rings_in_memory),
		RING_TEST(test_init_of_an_unaligned_ring_stays_in_memory),
		RING_TEST(test_one_chain),
		RING_TEST(test_indices_wrap),
		RING_TEST(test_loops),
		RING_TEST(test_indices_out_of_range),
		RING_TEST(test_available_index_jumps),
		RING_TEST(test_descriptors_into_nowhere),
		RING_TEST(test_indirect_was_not_offered),
		RING_TEST(test_interrupts_can_be_declined),
		RING_TEST(test_random_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
