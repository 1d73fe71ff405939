/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the driver of virtio disks against a disk that obeys, refuses, stalls and lies. */
/* unit-sources: drivers/host_virtio_blk.c drivers/host_virtio_blk_io.c */
/* unit-sources: drivers/host_virtio_ring.c */
#include "test/unit/host_virtio_blk_fixture.h"

/* ---- tests ---------------------------------------------------------------------------- */

static void test_description(void **state)
{
	prepare(USUAL | F(BLK_F_TOPOLOGY) | F(BLK_F_RO) | F(BLK_F_DISCARD));
	fake.config[CONFIG(physical_block_exp)] = 3;
	set32(CONFIG(capacity) + 4, 5);
	set32(CONFIG(max_discard_sectors), 100);
	assert_int_equal(host.driver->start(&host), 0);
	assert_string_equal(disk()->serial, "serial");
	assert_string_equal(disk()->model, "virtio disk");
	assert_true(disk()->sectors == (5ull << 32 | SECTORS));
	assert_int_equal(disk()->physical_bytes, 4096);
	assert_true(disk()->read_only);
	assert_false(disk()->can_discard || disk()->can_write_zeroes);
	end();
}

static void test_split_by_limits(void **state)
{
	prepare(USUAL);
	fake.num = 256;
	assert_int_equal(host.driver->start(&host), 0);
	assert_int_equal(disk()->physical_bytes, 512);
	assert_false(disk()->read_only || disk()->can_discard);
	assert_int_equal(round_trip(1, 512), 1);
	assert_int_equal(round_trip(1008, 4096), 1);
	assert_int_equal(round_trip(1000, BLOCK_SEGMENT_MAX), 1);
	end();
	prepare(USUAL | F(BLK_F_SIZE_MAX));
	set32(CONFIG(size_max), 1700);
	set32(CONFIG(seg_max), 5);
	size_max = 1536;
	seg_max = 5;
	assert_int_equal(host.driver->start(&host), 0);
	assert_int_equal(round_trip(15, 7680), 1);
	assert_int_equal(round_trip(16, 8192), 2);
	assert_int_equal(round_trip(1008, 4096), 76); /* 3 descriptors a segment */
	assert_int_equal(round_trip(126, 512), 26);
	end();
	start(USUAL & ~F(BLK_F_SEG_MAX));
	assert_int_equal(round_trip(126, 512), 126);
	end();
}

static void test_direct_descriptors(void **state)
{
	static const uint16_t nums[] = {4, 8, 128, 256};

	for (unsigned i = 0; i < ARRAY_SIZE(nums); i++) {
		prepare(F(BLK_F_SEG_MAX));
		fake.num = nums[i];
		seg_max = MIN(nums[i] - 2u, 126u);
		assert_int_equal(host.driver->start(&host), 0);
		assert_int_equal(round_trip(126, 512), (126 + seg_max - 1) / seg_max);
		end();
	}
}

static void test_chain_fits_the_ring(void **state)
{
	prepare(USUAL);
	fake.num = 16;
	seg_max = 14;
	assert_int_equal(host.driver->start(&host), 0);
	assert_int_equal(round_trip(126, 512), 9);
	end();
}

static void test_many_at_once(void **state)
{
	start(USUAL);
	cut(data, BLOCK_SECTOR, BLOCK_SECTOR);
	for (unsigned i = 0; i < REQUESTS; i++)
		put(i, BLOCK_WRITE, i, 1, 1);
	assert_true(host.driver->is_waiting(&host));
	work();
	assert_int_equal(done_count, REQUESTS);
	assert_int_equal(most_parts_at_once, 32);
	for (unsigned i = 0; i < REQUESTS; i++) {
		assert_int_equal(results[i], 0);
		assert_memory_equal(medium + i * BLOCK_SECTOR, data, BLOCK_SECTOR);
	}
	end();
}

static void test_done_submits(void **state)
{
	start(USUAL);
	cut(data, BLOCK_SECTOR, BLOCK_SECTOR);
	put(0, BLOCK_WRITE, 0, 1, 1);
	requests[1] = requests[0];
	requests[1].sector = 9;
	again = &requests[1];
	work();
	assert_int_equal(done_count, 2);
	assert_memory_equal(medium + 9 * BLOCK_SECTOR, data, BLOCK_SECTOR);
	end();
}

static void test_errors(void **state)
{
	start(USUAL);
	cut(data, BLOCK_SECTOR, BLOCK_SECTOR);
	for (unsigned status = 1; status < 256; status += 127) {
		status_to_give = (uint8_t)status;
		put(0, BLOCK_READ, 0, 1, 1);
		put(1, BLOCK_FLUSH, 0, 0, 0);
		work();
		assert_int_equal(results[0], -EIO);
		assert_int_equal(results[1], -EIO);
	}
	end();
}

/* The parts that come after an error are not tried. */
static void test_error_of_a_part(void **state)
{
	start(USUAL & ~F(BLK_F_SEG_MAX));
	put(0, BLOCK_WRITE, 0, 10, cut(data, 5120, 512));
	serve();
	host.driver->interrupt(&host);
	status_to_give = VIRTIO_BLK_S_IOERR;
	work();
	assert_int_equal(parts, 2);
	assert_int_equal(results[0], -EIO);
	end();
}

static void test_flush(void **state)
{
	start(USUAL);
	put(0, BLOCK_FLUSH, 0, 0, 0);
	work();
	assert_int_equal(results[0], 0);
	assert_int_equal(flushes, 1);
	end();
}

/* A disk that cannot flush is asked for its number, whatever it answers. */
static void test_no_flush(void **state)
{
	start(USUAL & ~F(BLK_F_FLUSH));
	status_to_give = VIRTIO_BLK_S_UNSUPP;
	put(0, BLOCK_FLUSH, 0, 0, 0);
	put(1, BLOCK_FLUSH, 0, 0, 0);
	assert_int_equal(fake.notices[0], 3);
	work();
	assert_int_equal(done_count, 2);
	assert_int_equal(results[0] | results[1], 0);
	assert_int_equal(flushes, 0);
	end();
}

static void test_ranges(void **state)
{
	prepare(USUAL | F(BLK_F_DISCARD) | F(BLK_F_WRITE_ZEROES));
	set32(CONFIG(max_discard_sectors), 100);
	set32(CONFIG(max_write_zeroes_sectors), 7);
	assert_int_equal(host.driver->start(&host), 0);
	assert_true(disk()->can_discard && disk()->can_write_zeroes);
	parts = 0;
	put(0, BLOCK_DISCARD, 1, 201, 0);
	work();
	assert_int_equal(parts, 3);
	put(1, BLOCK_WRITE_ZEROES, 1000, 14, 0);
	work();
	assert_int_equal(parts, 5);
	assert_int_equal(results[0] | results[1], 0);
	for (unsigned i = 0; i < SECTORS; i++)
		assert_int_equal(medium[i * BLOCK_SECTOR],
				 (i >= 1 && i < 202) || (i >= 1000 && i < 1014) ? 0 : 0x11);
	end();
}

static void test_refused(void **state)
{
	prepare(USUAL);
	set32(CONFIG(seg_max), 0);
	refused();
	prepare(USUAL | F(BLK_F_SIZE_MAX));
	set32(CONFIG(size_max), 511);
	refused();
	prepare(USUAL | F(BLK_F_BLK_SIZE));
	set32(CONFIG(blk_size), 4096);
	refused();
	prepare(USUAL);
	fake.num = 0;
	refused();
	prepare(USUAL);
	fake.answer = NULL; /* GET_ID */
	refused();
	assert_true(fake.now_ns < 4 * NSEC_PER_SEC);
}

static void test_no_serial(void **state)
{
	prepare(USUAL);
	status_to_give = VIRTIO_BLK_S_UNSUPP;
	assert_int_equal(host.driver->start(&host), 0);
	assert_string_equal(disk()->serial, "");
	end();
}

/* ---- devices that fail ------------------------------------------------------------------ */

static void put_writes(unsigned count)
{
	cut(data, BLOCK_SECTOR, BLOCK_SECTOR);
	for (unsigned i = 0; i < count; i++)
		put(i, BLOCK_WRITE, i, 1, 1);
}

static void assert_all_fail(unsigned count)
{
	assert_int_equal(done_count, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(results[i], -EIO);
}

static void assert_dead(void)
{
	done_count = 0;
	put_writes(2);
	put(2, BLOCK_FLUSH, 0, 0, 0);
	host.driver->interrupt(&host);
	assert_all_fail(3);
}

static void late(uint64_t seconds)
{
	fake.now_ns += seconds * NSEC_PER_SEC;
	host.driver->tick(&host);
}

static void test_timeout(void **state)
{
	start(USUAL);
	put_writes(50);
	late(30);
	assert_int_equal(done_count, 0);
	late(1);
	assert_all_fail(50);
	assert_int_equal(fake.begun, 2);
	done_count = 0;
	put_writes(1); /* it works again */
	work();
	assert_int_equal(results[0], 0);
	done_count = 0;
	put_writes(5);
	late(31);
	assert_all_fail(5);
	assert_int_equal(fake.begun, 2);
	assert_dead();
	end();
}

/* The interrupt was lost, the device has answered. */
static void test_timeout_of_an_interrupt(void **state)
{
	start(USUAL);
	put_writes(5);
	serve();
	late(31);
	assert_int_equal(done_count, 5);
	assert_int_equal(results[0] | results[4], 0);
	assert_int_equal(fake.begun, 1);
	end();
}

static void test_late_reset(void **state)
{
	start(USUAL);
	fake.resets_late = true;
	put_writes(3);
	late(31);
	put(3, BLOCK_WRITE, 0, 1, 1);
	late(0);
	host.driver->interrupt(&host);
	assert_int_equal(done_count, 0); /* their memory is still the device's */
	assert_true(host.driver->is_waiting(&host));
	fake.is_reset = true;
	late(0);
	assert_all_fail(4);
	assert_int_equal(fake.begun, 2);
	assert_false(fake.is_cut_off);
	fake.resets_late = false;
	end();
}

static void test_no_reset(void **state)
{
	start(USUAL);
	fake.resets_late = true;
	put_writes(3);
	late(31);
	for (unsigned i = 0; i < 9; i++)
		late(0);
	assert_int_equal(done_count, 0);
	late(0);
	assert_all_fail(3);
	assert_true(fake.is_cut_off);
	assert_int_equal(fake.begun, 1);
	assert_dead();
	fake.resets_late = false;
	end();
}

static void test_no_start_after_reset(void **state)
{
	start(USUAL);
	put_writes(3);
	fake.begin_fails = true;
	late(31);
	assert_all_fail(3);
	assert_dead();
	end();
}

static void test_lies(void **state)
{
	static const uint32_t ids[] = {5, 40, 0xFFFFFFFF};

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
		start(USUAL);
		put_writes(3);
		fake_used(0, ids[i], 0);
		fake.lines = 0;
		assert_true(host.driver->interrupt(&host));
		assert_all_fail(3);
		assert_int_equal(fake.begun, 1);
		assert_int_equal(fake.lines, 2);
		assert_dead();
		end();
	}
}

static void test_needs_reset(void **state)
{
	start(USUAL);
	put_writes(3);
	fake.needs_reset = true;
	fake.reasons = 2;
	assert_true(host.driver->interrupt(&host));
	assert_all_fail(3);
	assert_int_equal(fake.begun, 2);
	done_count = 0;
	put_writes(3);
	work();
	assert_int_equal(results[0] | results[2], 0);
	assert_false(host.driver->interrupt(&host));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_split_by_limits),
		cmocka_unit_test(test_direct_descriptors),
		cmocka_unit_test(test_chain_fits_the_ring),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_done_submits),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_error_of_a_part),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_no_flush),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_serial),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_of_an_interrupt),
		cmocka_unit_test(test_late_reset),
		cmocka_unit_test(test_no_reset),
		cmocka_unit_test(test_no_start_after_reset),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_needs_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
