/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the virtio console over sinks and sources that take and give what they like. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/console.c */
#include "test/unit/virtio_console_fixture.h"

#include <linux/virtio_console.h>

/* ---- output -------------------------------------------------------------------- */

static void test_output_within_the_budget(void **state)
{
	start(0);
	put_desc(ring(OUTPUT), 0, DATA, 5000, 0);
	offer(OUTPUT, 0);
	notify(OUTPUT);
	assert_int_equal(out_bytes, BUDGET);
	assert_true(c->device.work_left && !c->output_waits);
	work();
	assert_int_equal(out_bytes, 2 * BUDGET);
	assert_int_equal(used_idx(OUTPUT), 0);
	assert_int_equal(raised, 0);
	work();
	assert_int_equal(out_bytes, 5000);
	assert_int_equal(used_idx(OUTPUT), 1);
	assert_int_equal(used_len(OUTPUT, 0), 0);
	assert_int_equal(raised, 1);
	assert_false(c->device.work_left || c->output_waits);
	assert_memory_equal(out, memory + DATA, 5000);
	work();
	assert_int_equal(out_bytes, 5000);
}

/* Exactly the budget, then something more. */
static void test_the_budget_ends_with_a_buffer(void **state)
{
	start(0);
	put_desc(ring(OUTPUT), 0, DATA, 1000, F_NEXT);
	put_desc(ring(OUTPUT), 1, DATA + 1000, BUDGET - 1000, 0);
	put_desc(ring(OUTPUT), 2, DATA + BUDGET, 0, 0);
	put_desc(ring(OUTPUT), 3, DATA + BUDGET, 1, 0);
	offer(OUTPUT, 0);
	offer(OUTPUT, 2);
	offer(OUTPUT, 3);
	notify(OUTPUT);
	assert_int_equal(out_bytes, BUDGET);
	assert_int_equal(used_idx(OUTPUT), 1);
	assert_true(c->device.work_left && !c->output_waits);
	work();
	assert_int_equal(used_idx(OUTPUT), 3);
	assert_memory_equal(out, memory + DATA, BUDGET + 1);
}

static void test_a_full_sink_waits(void **state)
{
	start(0);
	put_desc(ring(OUTPUT), 0, DATA, 100, 0);
	offer(OUTPUT, 0);
	room = 30;
	notify(OUTPUT);
	assert_int_equal(out_bytes, 30);
	assert_true(c->output_waits && !c->device.work_left);
	work();
	assert_true(c->output_waits && out_bytes == 30 && !used_idx(OUTPUT));
	room = 70;
	work();
	assert_false(c->output_waits);
	assert_int_equal(used_idx(OUTPUT), 1);
	assert_memory_equal(out, memory + DATA, 100);
}

/* A chain of random segments for the data from *at on, at descriptor head; returns how many. */
static unsigned put_chain(struct unit_random *random, uint32_t table, unsigned head, uint32_t *at)
{
	unsigned n = 1 + (unsigned)(unit_random(random) % 12);

	for (unsigned i = 0; i < n; i++) {
		uint64_t r = unit_random(random);
		uint32_t bytes = r & 3 ? (uint32_t)(r >> 8) % 700 : 0;
		bool is_other = r >> 2 & 1 && r >> 3 & 1; /* the device's to write: left alone */
		unsigned flags = (is_other ? F_WRITE : 0) | (i + 1 < n ? F_NEXT : 0);

		put_desc(table, head + i, is_other ? MEMORY - 4096 : DATA + *at, bytes, flags);
		*at += is_other ? 0 : bytes;
	}
	return n;
}

/* Buffers of random shape into a sink of random moods: nothing lost, nothing doubled. */
static void run_randomly(uint64_t seed, bool is_indirect)
{
	struct unit_random random = {seed};
	uint32_t want = 0;

	for (unsigned round = 0; round < 20; round++) {
		unsigned buffers = 0, head = 0, before = used_idx(OUTPUT);

		for (; head + 12 < NUM && want + 12 * 700 < OUT_MAX; buffers++) {
			uint32_t table = INDIRECT + buffers * 16 * 16;
			unsigned n = put_chain(&random, is_indirect ? table : ring(OUTPUT),
					       is_indirect ? 0 : head, &want);

			if (is_indirect)
				put_desc(ring(OUTPUT), head, table, 16 * n, F_INDIRECT);
			offer(OUTPUT, head);
			head += is_indirect ? 4 : n;
		}
		most = 1 + (uint32_t)(unit_random(&random) % 300);
		room = 0;
		notify(OUTPUT);
		for (unsigned go = 0; used_idx(OUTPUT) != (uint16_t)(before + buffers); go++) {
			assert_true(go < 200000);
			assert_true(c->device.work_left || c->output_waits);
			room = (uint32_t)(unit_random(&random) % 3000);
			work();
		}
		assert_int_equal(out_bytes, want);
		assert_memory_equal(out, memory + DATA, want);
	}
	assert_null(virtio_check(&c->device));
}

static void test_chains_and_moody_sinks(void **state)
{
	start(0);
	run_randomly(12345, false);
}

static void test_indirect_chains_and_moody_sinks(void **state)
{
	start(1ull << FEATURE_INDIRECT);
	run_randomly(678, true);
}

/* 64 segments of all memory: the place in it does not fit 32 bits. */
static void test_a_buffer_of_more_than_4_gib(void **state)
{
	uint64_t total = (uint64_t)NUM * MEMORY;

	start(0);
	for (unsigned i = 0; i < NUM; i++)
		put_desc(ring(OUTPUT), i, 0, MEMORY, i + 1 < NUM ? F_NEXT : 0);
	for (uint32_t i = 0; i < 3000; i++)
		memory[MEMORY - 3000 + i] = (uint8_t)(i * 3);
	offer(OUTPUT, 0);
	notify(OUTPUT);
	assert_int_equal(out_bytes, BUDGET);
	assert_memory_equal(out, memory, BUDGET);
	assert_true(total > UINT32_MAX);
	c->done = total - 3000; /* as after two million goes */
	out_bytes = 0;
	work();
	assert_int_equal(out_bytes, BUDGET);
	assert_true(c->done == total - 3000 + BUDGET);
	assert_int_equal(used_idx(OUTPUT), 0);
	work();
	assert_int_equal(out_bytes, 3000);
	assert_memory_equal(out, memory + MEMORY - 3000, 3000);
	assert_int_equal(used_idx(OUTPUT), 1);
}

static void test_reset_in_the_middle(void **state)
{
	start(0);
	put_desc(ring(OUTPUT), 0, DATA, 5000, 0);
	offer(OUTPUT, 0);
	notify(OUTPUT);
	virtio_set_status(&c->device, 0);
	work();
	notify(OUTPUT);
	assert_int_equal(out_bytes, BUDGET);
	start(0);
	work();
	assert_int_equal(out_bytes, BUDGET);
	put_desc(ring(OUTPUT), 0, DATA, 10, 0);
	offer(OUTPUT, 0);
	notify(OUTPUT);
	assert_int_equal(used_idx(OUTPUT), 1);
	assert_memory_equal(out + BUDGET, memory + DATA, 10);
}

static void test_a_broken_ring_stops_it(void **state)
{
	start(0);
	put_desc(ring(OUTPUT), 0, DATA, 5000, 0);
	offer(OUTPUT, 0);
	notify(OUTPUT);
	put_desc(ring(OUTPUT), 0, MEMORY - 1, 2, 0); /* changed under the device's feet */
	work();
	assert_int_equal(out_bytes, BUDGET);
	assert_non_null(virtio_check(&c->device));
	assert_int_equal(c->device.status, 15 | 0x40);
	assert_int_equal(c->device.isr, 2);
	put_desc(ring(OUTPUT), 0, DATA, 5000, 0);
	typed = "x";
	put_desc(ring(INPUT), 0, DATA, 1, F_WRITE);
	offer(INPUT, 0);
	work();
	notify(OUTPUT);
	notify(INPUT);
	assert_int_equal(out_bytes, BUDGET);
	assert_int_equal(used_idx(INPUT), 0);
	assert_int_equal(used_idx(OUTPUT), 0);
}

/* ---- interrupts ------------------------------------------------------------------ */

static void output_of(unsigned bytes)
{
	put_desc(ring(OUTPUT), 0, DATA, bytes, 0);
	offer(OUTPUT, 0);
	notify(OUTPUT);
}

static void test_no_interrupt(void **state)
{
	start(1ull << FEATURE_INDIRECT);
	for (unsigned i = 0; i < 200; i++) {
		unsigned before = raised;

		put(ring(OUTPUT) + AVAIL, 2, i % 3 ? 1 : 0);
		c->device.isr = 0;
		output_of(1);
		assert_int_equal(raised - before, i % 3 ? 0 : 1);
		assert_int_equal(c->device.isr, i % 3 ? 0 : 1);
	}
}

/* Exactly when used.idx goes past what the guest asked for, and the flag means nothing. */
static void test_event_idx(void **state)
{
	start(1ull << FEATURE_EVENT_IDX);
	for (unsigned i = 0; i < 0x10010; i++) {
		unsigned before = raised;
		uint16_t event = (uint16_t)(i % 5 == 0 ? i : i + i % 7 - 3);

		put(ring(OUTPUT) + AVAIL, 2, 1);
		put(ring(OUTPUT) + AVAIL + 4 + 2 * NUM, 2, event);
		output_of(1);
		out_bytes = 0;
		room = OUT_MAX;
		assert_int_equal(raised - before, event == (uint16_t)i);
		/* and it asks for the next notification */
		assert_int_equal(get(ring(OUTPUT) + USED + 4 + 8 * NUM, 2), (uint16_t)(i + 1));
	}
}

static void test_one_interrupt_in_a_batch(void **state)
{
	start(1ull << FEATURE_EVENT_IDX);
	for (unsigned i = 0; i < NUM; i++) {
		put_desc(ring(OUTPUT), i, DATA, 3, 0);
		offer(OUTPUT, i);
	}
	put(ring(OUTPUT) + AVAIL + 4 + 2 * NUM, 2, 40);
	notify(OUTPUT);
	assert_int_equal(used_idx(OUTPUT), NUM);
	assert_int_equal(raised, 1);
}

/* ---- input ------------------------------------------------------------------------ */

static void test_input_into_small_buffers(void **state)
{
	static const uint32_t sizes[] = {3, 0, 1, 5, 100};
	uint32_t at = DATA;

	start(0);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_desc(ring(INPUT), 2 * i, at, 0, F_NEXT | F_WRITE);
		put_desc(ring(INPUT), 2 * i + 1, at, sizes[i], F_WRITE);
		offer(INPUT, 2 * i);
		at += sizes[i];
	}
	notify(INPUT);
	assert_int_equal(used_idx(INPUT), 0);
	typed = "hello world!";
	work();
	assert_string_equal(typed, "");
	assert_int_equal(used_idx(INPUT), 5);
	assert_int_equal(raised, 5);
	assert_memory_equal(memory + DATA, "hello world!", 12);
	assert_int_equal(memory[DATA + 12], (uint8_t)(12 * 7)); /* untouched */
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(used_len(INPUT, i), i < 4 ? sizes[i] : 3);
	typed = "more";
	work();
	assert_string_equal(typed, "more");         /* kept until there is a buffer */
	put_desc(ring(INPUT), 10, DATA, 2, F_NEXT); /* not the device's to write */
	put_desc(ring(INPUT), 11, DATA + 16, 2, F_WRITE | F_NEXT);
	put_desc(ring(INPUT), 12, DATA + 20, 1, F_WRITE);
	offer(INPUT, 10);
	notify(INPUT);
	assert_memory_equal(memory + DATA, "he", 2);
	assert_memory_equal(memory + DATA + 16, "mo", 2);
	assert_int_equal(memory[DATA + 20], 'r');
	assert_int_equal(used_len(INPUT, 5), 3);
	assert_string_equal(typed, "e");
}

static void test_input_waits_for_a_driver(void **state)
{
	typed = "early";
	work();
	notify(INPUT);
	assert_string_equal(typed, "early");
	assert_int_equal(raised, 0);
}

/* OPEN BUG (core/virtio/console.c): work reads from the rings of queues that are not enabled. */
static void test_input_without_an_input_queue(void **state)
{
	virtio_set_status(&c->device, 3);
	c->device.accepted = 1ull << FEATURE_VERSION_1;
	virtio_set_status(&c->device, 11);
	enable(OUTPUT);
	virtio_set_status(&c->device, 15);
	typed = "x";
	work();
	assert_string_equal(typed, "x");
	assert_null(virtio_check(&c->device));
	output_of(10);
	assert_int_equal(out_bytes, 10);
}

static void test_emergency_write(void **state)
{
	for (unsigned size = 1; size <= 4; size *= 2)
		for (uint32_t at = 0; at < 16; at++)
			virtio_config_write(&c->device, at, size, 0x64636261);
	assert_int_equal(out_bytes, 3);
	assert_memory_equal(out, "aaa", 3);
	room = 0;
	virtio_config_write(&c->device, 8, 4, 'z');
	assert_int_equal(out_bytes, 3);
	assert_int_equal(raised, 0);
}

static void test_only_the_emergency_field_can_be_written(void **state)
{
	for (unsigned size = 1; size <= 4; size *= 2)
		for (uint32_t at = 0; at < 70; at++)
			virtio_config_write(&c->device, at, size, ~0u);
	for (uint32_t at = 0; at < VIRTIO_CONFIG_BYTES; at++)
		assert_int_equal(c->device.config[at], at >= 8 && at < 12 ? 0xFF : 0);
}

static void test_a_size_is_told_and_a_change_of_it(void **state)
{
	start(0);
	virtio_console_set_size(c, 132, 43);
	assert_int_equal(virtio_config_read(&c->device, 0, 2), 132);
	assert_int_equal(virtio_config_read(&c->device, 2, 2), 43);
	assert_true(c->device.offered & 1u << VIRTIO_CONSOLE_F_SIZE);
	assert_int_equal(raised, 1); /* the fixture's driver is ready */
	assert_int_equal(c->device.isr & VIRTIO_ISR_CONFIG, VIRTIO_ISR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONSOLE_TEST(test_output_within_the_budget),
		CONSOLE_TEST(test_only_the_emergency_field_can_be_written),
		CONSOLE_TEST(test_a_size_is_told_and_a_change_of_it),
		CONSOLE_TEST(test_the_budget_ends_with_a_buffer),
		CONSOLE_TEST(test_a_full_sink_waits),
		CONSOLE_TEST(test_chains_and_moody_sinks),
		CONSOLE_TEST(test_indirect_chains_and_moody_sinks),
		CONSOLE_TEST(test_a_buffer_of_more_than_4_gib),
		CONSOLE_TEST(test_reset_in_the_middle),
		CONSOLE_TEST(test_a_broken_ring_stops_it),
		CONSOLE_TEST(test_no_interrupt),
		CONSOLE_TEST(test_event_idx),
		CONSOLE_TEST(test_one_interrupt_in_a_batch),
		CONSOLE_TEST(test_input_into_small_buffers),
		CONSOLE_TEST(test_input_waits_for_a_driver),
		CONSOLE_TEST(test_emergency_write),
		CONSOLE_TEST(test_input_without_an_input_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
