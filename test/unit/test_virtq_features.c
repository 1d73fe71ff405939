/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what a virtqueue does with negotiated features: indirect tables and event indices. */
/* unit-sources: core/virtio/virtq.c */
#include "core/virtio/virtq.h"

#include <stdlib.h>
#include <string.h>

#include <linux/virtio_ring.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MEMORY 0x8000u
#define NUM    8u
#define DESC   0x1000u
#define AVAIL  0x2000u
#define USED   0x3000u
#define TABLE  0x4000u

static uint8_t *memory; /* its end is the end of what may be touched */
static struct virtq q;
static struct virtq_buffer buffer;

static void put16(uint32_t at, uint16_t value)
{
	memcpy(memory + at, &value, 2);
}

static uint16_t get16(uint32_t at)
{
	uint16_t value;

	memcpy(&value, memory + at, 2);
	return value;
}

static void put_desc(uint32_t table, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
		     uint16_t next)
{
	struct vring_desc d = {.addr = addr, .len = len, .flags = flags, .next = next};

	memcpy(memory + table + i * sizeof(d), &d, sizeof(d));
}

static void offer(uint16_t head)
{
	uint16_t idx = get16(AVAIL + 2);

	put16(AVAIL + 4 + 2 * (idx % NUM), head);
	put16(AVAIL + 2, idx + 1);
}

static void begin(void)
{
	struct vmem mem = {.base = memory, .bytes = MEMORY};

	memset(memory, 0, MEMORY);
	virtq_init_split(&q, &mem, NUM, DESC, AVAIL, USED);
	assert_false(q.is_broken);
	q.has_indirect = q.has_event_idx = true;
}

static int set_up(void **state)
{
	memory = calloc(1, MEMORY);
	begin();
	return 0;
}

static int tear_down(void **state)
{
	free(memory);
	return 0;
}

/* A table of that place and size is refused, though its first entry alone would do. */
static void expect_bad_table(uint64_t addr, uint32_t len)
{
	begin();
	for (uint32_t at = TABLE; at + 16 <= MEMORY; at += 16)
		put_desc(at, 0, 0x100, 4, 0, 0);
	put_desc(DESC, 0, addr, len, VRING_DESC_F_INDIRECT, 0);
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
}

static void test_indirect_tables(void **state)
{
	put_desc(DESC, 3, TABLE, 3 * 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(TABLE, 0, 0x100, 10, VRING_DESC_F_NEXT, 2);
	put_desc(TABLE, 2, 0x200, 20, VRING_DESC_F_WRITE, 0);
	offer(3);
	assert_true(virtq_pop(&q, &buffer));
	assert_int_equal(buffer.head, 3);
	assert_int_equal(buffer.count, 2);
	assert_int_equal(virtq_readable(&buffer), 10);
	assert_int_equal(virtq_writable(&buffer), 20);
}

static void test_indirect_tables_in_nowhere(void **state)
{
	expect_bad_table(MEMORY, 16);
	expect_bad_table(MEMORY - 16, 32);
	expect_bad_table(MEMORY - 8, 16);
	expect_bad_table(1ull << 32 | TABLE, 16);
	expect_bad_table(0xFFFFFFFFFFFFFFF0ull, 32);
	expect_bad_table(TABLE, 0);
	expect_bad_table(TABLE, 15);
	expect_bad_table(TABLE, 0xFFFFFFF0);
}

static void test_indirect_within_a_chain(void **state)
{
	put_desc(DESC, 0, 0x100, 4, VRING_DESC_F_NEXT, 1);
	put_desc(DESC, 1, TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
	begin();
	put_desc(DESC, 0, TABLE, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1);
	put_desc(TABLE, 0, 0x100, 4, 0, 0);
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	begin();
	put_desc(DESC, 0, TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(TABLE, 0, TABLE, 16, VRING_DESC_F_INDIRECT, 0); /* of a table */
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
}

/* Its end counts, not the ring's; and a loop in it ends. */
static void test_next_within_the_table(void **state)
{
	put_desc(DESC, 0, TABLE, 2 * 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(TABLE, 0, 0x100, 4, VRING_DESC_F_NEXT, 2);
	put_desc(TABLE, 2, 0x100, 4, 0, 0);
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
	begin();
	put_desc(DESC, 0, TABLE, 2 * 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(TABLE, 0, 0x100, 4, VRING_DESC_F_NEXT, 1);
	put_desc(TABLE, 1, 0x100, 4, VRING_DESC_F_NEXT, 0);
	offer(0);
	assert_false(virtq_pop(&q, &buffer));
	assert_true(q.is_broken);
}

/* Before it says that there is nothing, it asks to be told of the next. */
static void test_asks_for_a_notification(void **state)
{
	q.last_avail = 5;
	put16(AVAIL + 2, 5);
	assert_false(virtq_pop(&q, &buffer));
	assert_int_equal(get16(USED + 4 + 8 * NUM), 5);
	assert_int_equal(virtq_waiting(&q), 0);
	put16(AVAIL + 2, 7);
	assert_int_equal(virtq_waiting(&q), 2);
	put16(AVAIL + 2, 5 + NUM + 1); /* more than there can be */
	assert_int_equal(virtq_waiting(&q), 0);
}

/* An interrupt when used_event was passed since the last (virtio 1.0, 2.4.7.2). */
static void test_interrupts_by_index(void **state)
{
	for (unsigned event = 0; event < 4; event++) {
		begin();
		put16(AVAIL + 4 + 2 * NUM, (uint16_t)event);
		for (unsigned i = 0; i < 4; i++) {
			virtq_push_head(&q, 0, 0);
			assert_int_equal(virtq_wants_interrupt(&q), i == event);
		}
	}
}

/* What is broken stays quiet, whoever asks. */
static void test_broken(void **state)
{
	virtq_break(&q, "the test says so");
	assert_false(virtq_pop(&q, &buffer));
	assert_false(virtq_has_buffer(&q));
	assert_false(virtq_wants_interrupt(&q));
	assert_int_equal(virtq_waiting(&q), 0);
	virtq_push_head(&q, 0, 4);
	assert_int_equal(get16(USED + 2), 0);
}

/* Segments that are empty, or end where the part begins. */
static void test_copies(void **state)
{
	char text[32];

	put_desc(DESC, 0, TABLE, 4 * 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(TABLE, 0, 0x100, 5, VRING_DESC_F_NEXT, 1);
	put_desc(TABLE, 1, 0x200, 0, VRING_DESC_F_NEXT, 2);
	put_desc(TABLE, 2, 0x300, 5, VRING_DESC_F_NEXT, 3);
	put_desc(TABLE, 3, 0x400, 5, VRING_DESC_F_WRITE, 0);
	memcpy(memory + 0x100, "hello", 5);
	memcpy(memory + 0x300, "world", 5);
	offer(0);
	assert_true(virtq_pop(&q, &buffer));
	assert_int_equal(virtq_copy_out(&q, &buffer, 3, text, 32), 7);
	assert_memory_equal(text, "loworld", 7);
	assert_int_equal(virtq_copy_out(&q, &buffer, 5, text, 2), 2);
	assert_memory_equal(text, "wo", 2);
	assert_int_equal(virtq_copy_out(&q, &buffer, 10, text, 1), 0);
	assert_int_equal(virtq_copy_in(&q, &buffer, 4, "xyz", 3), 1);
	assert_memory_equal(memory + 0x400, "\0\0\0\0x\0", 6);
	assert_int_equal(virtq_copy_in(&q, &buffer, 0xFFFFFFFF, "xyz", 3), 0);
}

#define RING_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_TEST(test_indirect_tables),
		RING_TEST(test_indirect_tables_in_nowhere),
		RING_TEST(test_indirect_within_a_chain),
		RING_TEST(test_next_within_the_table),
		RING_TEST(test_asks_for_a_notification),
		RING_TEST(test_interrupts_by_index),
		RING_TEST(test_broken),
		RING_TEST(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
