/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the driver's side of a virtqueue against devices good and bad. */
/* unit-sources: drivers/host_virtio_ring.c */
#include "drivers/host_virtio_ring.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

static struct host_ring ring;
static uint8_t memory[HOST_RING_BYTES] __attribute__((aligned(HOST_RING_ALIGN)));

static void start(uint16_t num, uint16_t stride)
{
	memset(memory, 0xAA, sizeof(memory));
	host_ring_init(&ring, memory, num, stride, (uint16_t)(num / stride));
}

/* As the device. */
static void use(uint32_t id, uint32_t written)
{
	ring.used->ring[ring.used->idx & (ring.num - 1)] = (struct vring_used_elem){id, written};
	ring.used->idx++;
}

static void assert_takes(unsigned slot, uint32_t written)
{
	unsigned got;
	uint32_t bytes;

	assert_true(host_ring_has_used(&ring));
	assert_true(host_ring_take(&ring, &got, &bytes));
	assert_int_equal(got, slot);
	assert_int_equal(bytes, written);
}

static void assert_takes_nothing(void)
{
	unsigned got;
	uint32_t bytes;

	assert_false(host_ring_take(&ring, &got, &bytes));
}

/* The layout legacy devices take for granted (2.4.2). */
static void test_layout(void **state)
{
	for (unsigned num = 1; num <= HOST_RING_MAX; num *= 2) {
		uint32_t front = num * 16 + 6 + 2 * num;

		start((uint16_t)num, 1);
		assert_ptr_equal(ring.desc, memory);
		assert_ptr_equal(ring.avail, memory + num * 16);
		assert_ptr_equal(ring.used, memory + (front + 4095) / 4096 * 4096);
		assert_true((uint8_t *)&ring.used->ring[num] + 2 <= memory + sizeof(memory));
		assert_int_equal(memory[sizeof(memory) - 1], 0);
		assert_false(host_ring_has_used(&ring));
	}
}

static void test_links(void **state)
{
	struct vring_desc *t;

	start(8, 2);
	t = host_ring_slot(&ring, 3);
	assert_ptr_equal(t, ring.desc + 6);
	host_ring_link(t, 6, 0, memory, 10, VRING_DESC_F_NEXT);
	host_ring_link(t, 6, 1, memory + 1, 20, VRING_DESC_F_WRITE);
	assert_int_equal(t[0].addr, (uintptr_t)memory);
	assert_int_equal(t[0].len, 10);
	assert_int_equal(t[0].next, 7);
	assert_int_equal(t[0].flags, VRING_DESC_F_NEXT);
	assert_int_equal(t[1].len, 20);
	assert_int_equal(t[1].flags, VRING_DESC_F_WRITE);
}

static void test_give_and_take(void **state)
{
	start(8, 2);
	host_ring_give(&ring, 3);
	host_ring_give(&ring, 1);
	assert_int_equal(ring.avail->idx, 2);
	assert_int_equal(ring.avail->ring[0], 6);
	assert_int_equal(ring.avail->ring[1], 2);
	assert_int_equal(ring.in_flight, 2);
	assert_takes_nothing();
	use(2, 17);
	use(6, 0xFFFFFFFF);
	assert_takes(1, 17);
	assert_false(ring.is_used[1]);
	assert_true(ring.is_used[3]);
	assert_takes(3, 0xFFFFFFFF);
	assert_takes_nothing();
	assert_int_equal(ring.in_flight, 0);
	assert_null(ring.broken);
}

/* Indexes run over 65535, and slots come back in any order. */
static void test_many(void **state)
{
	struct unit_random random = {7};
	uint16_t out[4];

	for (unsigned num = 4; num <= HOST_RING_MAX; num *= 8) {
		start((uint16_t)num, 1);
		for (unsigned round = 0; round < 40000; round++) {
			unsigned n = 1 + (unsigned)(unit_random(&random) % 4), first;

			for (unsigned i = 0; i < n; i++) {
				out[i] = (uint16_t)((round + i) % num);
				host_ring_give(&ring, out[i]);
			}
			first = (unsigned)(unit_random(&random) % n);
			for (unsigned i = 0; i < n; i++)
				use(out[(first + i) % n], round);
			for (unsigned i = 0; i < n; i++)
				assert_takes(out[(first + i) % n], round);
			assert_takes_nothing();
		}
		assert_null(ring.broken);
	}
}

static void assert_breaks(void)
{
	unsigned got;
	uint32_t bytes;

	assert_false(host_ring_take(&ring, &got, &bytes));
	assert_non_null(ring.broken);
	assert_false(host_ring_has_used(&ring));
	assert_false(host_ring_take(&ring, &got, &bytes));
}

static void test_bad_ids(void **state)
{
	static const uint32_t ids[] = {0, 1, 3, 4, 6, 8, 9, 0x10002, 0xFFFFFFFE, 0xFFFFFFFF};

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
		start(8, 2);
		host_ring_give(&ring, 1);
		use(ids[i], 0);
		assert_breaks();
		assert_int_equal(ring.in_flight, 1);
	}
}

/* Slots beyond those there are, where the ring has descriptors to spare. */
static void test_id_of_no_slot(void **state)
{
	memset(memory, 0, sizeof(memory));
	host_ring_init(&ring, memory, 8, 3, 2);
	host_ring_give(&ring, 0);
	use(6, 0);
	assert_breaks();
}

static void test_twice(void **state)
{
	start(8, 1);
	host_ring_give(&ring, 1);
	host_ring_give(&ring, 2);
	use(1, 0);
	use(1, 0);
	assert_takes(1, 0);
	assert_breaks();
}

static void test_too_many(void **state)
{
	static const uint16_t idx[] = {2, 9, 0x7FFF, 0xFFFF};

	for (unsigned i = 0; i < ARRAY_SIZE(idx); i++) {
		start(8, 1);
		host_ring_give(&ring, 0);
		ring.used->idx = idx[i];
		assert_breaks();
	}
}

static void test_flags(void **state)
{
	start(8, 1);
	assert_true(host_ring_wants_notice(&ring));
	ring.used->flags = VRING_USED_F_NO_NOTIFY;
	assert_false(host_ring_wants_notice(&ring));
	assert_int_equal(ring.avail->flags, 0);
	host_ring_set_interrupt(&ring, false);
	assert_int_equal(ring.avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
	host_ring_set_interrupt(&ring, true);
	assert_int_equal(ring.avail->flags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),        cmocka_unit_test(test_links),
		cmocka_unit_test(test_give_and_take), cmocka_unit_test(test_many),
		cmocka_unit_test(test_bad_ids),       cmocka_unit_test(test_id_of_no_slot),
		cmocka_unit_test(test_twice),         cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
