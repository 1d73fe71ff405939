/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the virtio disk: each kind of request, framing, what waits, reset. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/blk.c */
/* unit-sources: core/ramdisk.c core/block_queue.c */
#include "test/unit/virtio_blk_fixture.h"

#include "core/ramdisk.h"

#define FLUSH      (1ull << VIRTIO_BLK_F_FLUSH)
#define ALL        (FLUSH | 1ull << VIRTIO_BLK_F_DISCARD | 1ull << VIRTIO_BLK_F_WRITE_ZEROES)
#define DATA_LIMIT (BLOCK_SEGMENTS * BLOCK_SEGMENT_MAX)

static uint64_t config(unsigned offset, unsigned bytes)
{
	return virtio_config_read(&b->device, offset, bytes);
}

static void test_features_and_config(void **state)
{
	uint64_t basic = 1ull << 1 | 1ull << 2 | 1ull << 6 | FLUSH | 1ull << 10;

	assert_int_equal(b->device.offered & 0xFFFFFF, basic);
	assert_int_equal(config(0, 4), SECTORS);
	assert_int_equal(config(4, 4), 0);
	assert_int_equal(config(8, 4), 65536);
	assert_int_equal(config(12, 4), 126);
	assert_int_equal(config(20, 4), 512);
	assert_int_equal(config(24, 1), 3);
	assert_int_equal(config(26, 2), 8);
	assert_int_equal(config(52, 4), 1);
	assert_int_equal(config(60, 4), 0);
	disk.disk.can_discard = disk.disk.can_write_zeroes = true;
	open_disk();
	assert_int_equal(b->device.offered & 0xFFFFFF, basic | 1u << 13 | 1u << 14);
	disk.disk.read_only = true;
	open_disk();
	assert_int_equal(b->device.offered & 0xFFFFFF, basic | 1u << 5);
}

static void test_read_and_write(void **state)
{
	start_driver(FLUSH);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_IN, 77, DATA, 8192), VIRTIO_BLK_S_OK);
	assert_memory_equal(memory + DATA, disk.data + 77 * 512, 8192);
	assert_int_equal(used_len(0), 8193);
	assert_int_equal(disk.submits, 1);
	memset(memory + DATA, 0x3C, 1024);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_OUT, SECTORS - 2, DATA, 1024), 0);
	assert_memory_equal(memory + DATA, disk.data + (SECTORS - 2) * 512, 1024);
	assert_int_equal(used_len(1), 1);
	assert_int_equal(disk.submits, 2);
	assert_int_equal(disk.flushes, 0);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_FLUSH, 0, DATA, 0), VIRTIO_BLK_S_OK);
	assert_int_equal(disk.flushes, 1);
	assert_int_equal(used_idx(), 3);
	assert_int_equal(raised, 3);
	assert_false(virtio_is_busy(&b->device));
}

static void test_what_is_refused(void **state)
{
	static const uint32_t unknown[] = {2, 3, 5, 11, 13, 14, 0x80000001, 0xFFFFFFFF};

	start_driver(FLUSH);
	for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(ask_and_finish(unknown[i], 0, DATA, 512), VIRTIO_BLK_S_UNSUPP);
	for (unsigned is_out = 0; is_out < 2; is_out++) {
		assert_int_equal(ask_and_finish(is_out, SECTORS, DATA, 512), VIRTIO_BLK_S_IOERR);
		assert_int_equal(ask_and_finish(is_out, SECTORS - 1, DATA, 1024), 1);
		assert_int_equal(ask_and_finish(is_out, UINT64_MAX, DATA, 512), 1);
		assert_int_equal(ask_and_finish(is_out, 0, DATA, 513), 1);
		assert_int_equal(ask_and_finish(is_out, 0, DATA, 511), 1);
		assert_int_equal(ask_and_finish(is_out, 0, DATA, 0), 0);
		assert_int_equal(ask_and_finish(is_out, SECTORS, DATA, 0), 0);
		assert_int_equal(ask_and_finish(is_out, SECTORS + 1, DATA, 0), 1);
	}
	assert_int_equal(disk.submits, 0);
	for (unsigned i = 0; i < used_idx(); i++)
		assert_int_equal(used_len(i), 1);
	assert_null(virtio_check(&b->device));
}

static void test_read_only(void **state)
{
	disk.disk.read_only = true;
	open_disk();
	start_driver(FLUSH);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_IOERR);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_IN, 0, DATA, 512), VIRTIO_BLK_S_OK);
	assert_int_equal(disk.submits, 1);
}

static void test_errors(void **state)
{
	static const int errors[] = {-EIO, -ENOSPC};

	start_driver(0);
	for (unsigned i = 0; i < 4; i++) {
		for (uint32_t at = DATA; at <= DATA + 1; at++) {
			unsigned used = used_idx();

			ask(0, i & 1, 8, at, 9 * 512);
			fake_finish(&disk, 0, errors[i / 2]);
			assert_int_equal(disk.count, 0); /* neither another piece nor a flush */
			assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
			assert_int_equal(used_idx(), used + 1);
			assert_int_equal(used_len(used), 1);
		}
	}
	assert_int_equal(ask_and_finish(0, 8, DATA + 1, 9 * 512), 0);
}

/* A driver without FLUSH relies on a medium that has what was written. */
static void test_write_through(void **state)
{
	start_driver(0);
	for (uint32_t at = DATA; at <= DATA + 1; at++) {
		ask(0, VIRTIO_BLK_T_OUT, 0, at, 512);
		fake_finish(&disk, 0, 0);
		assert_int_equal(status_of(0), NOTHING);
		assert_int_equal(disk.pending[0]->op, BLOCK_FLUSH);
		fake_finish(&disk, 0, 0);
		assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
	}
	ask(0, VIRTIO_BLK_T_OUT, 0, DATA, 512);
	fake_finish(&disk, 0, 0);
	fake_finish(&disk, 0, -EIO);
	assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
	ask_and_finish(VIRTIO_BLK_T_IN, 0, DATA, 512);
	assert_int_equal(disk.flushes, 2);
}

static void test_get_id(void **state)
{
	char want[20] = "the disk";

	start_driver(FLUSH);
	memset(memory + DATA, 0x11, 64);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_GET_ID, 0, DATA, 20), 0);
	assert_memory_equal(memory + DATA, want, 20);
	assert_int_equal(used_len(0), 21);
	assert_int_equal(memory[DATA + 20], 0x11);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_GET_ID, 0, DATA + 32, 3), 0);
	assert_memory_equal(memory + DATA + 32, "the\x11", 4);
	assert_int_equal(used_len(1), 4);
}

static uint8_t ask_range(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags)
{
	put(DATA, 8, sector);
	put(DATA + 8, 4, sectors);
	put(DATA + 12, 4, flags);
	return ask_and_finish(type, 0, DATA, 16);
}

static void test_ranges(void **state)
{
	uint8_t zero[1024] = {0};

	disk.disk.can_discard = disk.disk.can_write_zeroes = true;
	open_disk();
	start_driver(ALL);
	assert_int_equal(ask_range(VIRTIO_BLK_T_WRITE_ZEROES, 5, 2, 0), 0);
	assert_memory_equal(disk.data + 5 * 512, zero, 1024);
	assert_int_equal(ask_range(VIRTIO_BLK_T_WRITE_ZEROES, 5, 2, 1), 0);
	assert_int_equal(ask_range(VIRTIO_BLK_T_WRITE_ZEROES, 5, 2, 2), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, SECTORS - 1, 1, 0), 0);
	assert_int_equal(disk.data[SECTORS * 512 - 1], 0xDD);
	assert_int_equal(disk.submits, 3);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, 0, 1, 1), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, SECTORS - 1, 2, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, UINT64_MAX, 2, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, 0, (1u << 21) + 1, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, 0, 0, 0), 0);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_DISCARD, 0, DATA, 15), VIRTIO_BLK_S_IOERR);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_DISCARD, 0, DATA, 32), VIRTIO_BLK_S_IOERR);
	assert_int_equal(disk.submits, 3);
	virtio_set_status(&b->device, 0);
	start_driver(1ull << VIRTIO_BLK_F_DISCARD); /* not WRITE_ZEROES, not FLUSH */
	assert_int_equal(ask_range(VIRTIO_BLK_T_WRITE_ZEROES, 5, 2, 0), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(ask_range(VIRTIO_BLK_T_DISCARD, 5, 2, 0), 0);
	assert_int_equal(disk.flushes, 1);
}

/* Header with data, data with status, header in bytes: it must not matter (2.4.4). */
static void test_framing(void **state)
{
	start_driver(FLUSH);
	for (unsigned i = 0; i < 16; i++)
		put_desc(i, DATA + i, 1, F_NEXT);
	put_desc(16, 0, 0, F_NEXT | F_WRITE);
	put_desc(17, DATA + 4096, 1025, F_NEXT | F_WRITE);
	put_desc(18, 0, 0, F_WRITE);
	put_header(DATA, VIRTIO_BLK_T_IN, 9);
	offer(0);
	notify();
	while (disk.count)
		fake_finish(&disk, 0, 0);
	assert_memory_equal(memory + DATA + 4096, disk.data + 9 * 512, 1024);
	assert_int_equal(memory[DATA + 4096 + 1024], 0);
	assert_int_equal(used_len(0), 1025);
	assert_int_equal(disk.submits, 1); /* direct */
	put_header(DATA, VIRTIO_BLK_T_OUT, 40);
	memset(memory + DATA + 16, 0x42, 512);
	put_desc(0, DATA, 16 + 512, F_NEXT);
	put_desc(1, DATA + 8192, 3, F_WRITE); /* the status is the last byte */
	memset(memory + DATA + 8192, NOTHING, 3);
	offer(0);
	notify();
	fake_finish(&disk, 0, 0);
	assert_memory_equal(disk.data + 40 * 512, memory + DATA + 16, 512);
	assert_memory_equal(memory + DATA + 8192, "\xAA\xAA\0", 3);
	assert_int_equal(used_len(1), 1);
}

static void test_short_header(void **state)
{
	start_driver(FLUSH);
	put_desc(0, DATA, 15, F_NEXT);
	put_desc(1, DATA + 100, 1, F_WRITE);
	offer(0);
	notify();
	assert_int_equal(memory[DATA + 100], VIRTIO_BLK_S_IOERR);
	assert_int_equal(used_idx(), 1);
}

static void test_no_status_breaks_the_ring(void **state)
{
	start_driver(FLUSH);
	ask(0, VIRTIO_BLK_T_IN, 0, DATA, 512);
	put_desc(10, DATA, 600, F_NEXT);
	put_desc(11, DATA, 0, F_WRITE);
	offer(10);
	notify();
	assert_non_null(virtio_check(&b->device));
	fake_finish(&disk, 0, 0);
	ask(20, VIRTIO_BLK_T_IN, 0, DATA, 512);
	assert_int_equal(used_idx(), 0);
	assert_false(virtio_is_busy(&b->device));
	virtio_set_status(&b->device, 0);
	start_driver(0);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_IN, 0, DATA, 512), 0);
}

/* All of a ring's descriptors, and one segment more than was allowed; bytes more than allowed. */
static void test_long_chains(void **state)
{
	start_driver(FLUSH);
	for (unsigned data = 126; data <= 127; data++) {
		put_header(DATA, VIRTIO_BLK_T_IN, 0);
		put_desc(0, DATA, 16, F_NEXT);
		for (unsigned i = 1; i <= data; i++)
			put_desc(i, DATA + i * 512, 512, F_WRITE | (i < 127 ? F_NEXT : 0));
		if (data == 126)
			put_desc(127, DATA + 600 * 512, 1, F_WRITE);
		else
			put_desc(127, DATA + 127 * 512, 513, F_WRITE);
		offer(0);
		notify();
		assert_int_equal(disk.count, data == 126);
		if (disk.count)
			fake_finish(&disk, 0, 0);
		assert_int_equal(used_idx(), data - 125);
	}
	assert_int_equal(memory[DATA + 600 * 512], VIRTIO_BLK_S_OK);
	assert_int_equal(memory[DATA + 127 * 512 + 512], VIRTIO_BLK_S_IOERR);
	for (unsigned i = 1; i <= 3; i++)
		put_desc(i, 0, 0x2A0200, F_NEXT);
	put_header(DATA, VIRTIO_BLK_T_OUT, 0);
	put_desc(4, DATA + 16, 1, F_WRITE);
	offer(0);
	notify();
	assert_true(3 * 0x2A0200 > DATA_LIMIT && disk.count == 0);
	assert_int_equal(memory[DATA + 16], VIRTIO_BLK_S_IOERR);
}

static void test_large_segments_bounce(void **state)
{
	start_driver(FLUSH);
	assert_int_equal(ask_and_finish(VIRTIO_BLK_T_IN, 3, DATA, 65536 + 512), 0);
	assert_int_equal(disk.submits, 17);
	assert_memory_equal(memory + DATA, disk.data + 3 * 512, 65536 + 512);
	assert_int_equal(used_len(0), 65536 + 513);
}

/* ---- what waits ---------------------------------------------------------------------- */

static void test_no_more_than_16(void **state)
{
	start_driver(FLUSH);
	for (unsigned i = 0; i < 30; i++)
		ask(4 * i, VIRTIO_BLK_T_IN, i, DATA + i * 512, 512);
	assert_int_equal(disk.count, 16);
	assert_int_equal(b->in_flight, 16);
	for (unsigned i = 0; i < 30; i++) {
		finish(0, 0);
		assert_int_equal(disk.count, MIN(16u, 29 - i));
		assert_int_equal(used_idx(), i + 1);
	}
	assert_memory_equal(memory + DATA, disk.data, 30 * 512);
}

static void test_one_bounces(void **state)
{
	start_driver(FLUSH);
	ask(0, VIRTIO_BLK_T_IN, 0, DATA + 1, 9 * 512);
	ask(4, VIRTIO_BLK_T_IN, 9, DATA + 0x8002, 512);
	ask(8, VIRTIO_BLK_T_IN, 10, DATA + 0x4000, 512); /* behind the other */
	assert_int_equal(disk.count, 1);
	finish(0, 0);
	assert_int_equal(disk.count, 1);
	finish(0, 0);
	assert_int_equal(status_of(0), 0);
	assert_int_equal(disk.count, 2);
	finish(1, 0);
	finish(0, 0);
	assert_memory_equal(memory + DATA + 1, disk.data, 9 * 512);
	assert_memory_equal(memory + DATA + 0x8002, disk.data + 9 * 512, 512);
	assert_memory_equal(memory + DATA + 0x4000, disk.data + 10 * 512, 512);
}

static void test_a_full_disk(void **state)
{
	start_driver(FLUSH);
	disk.room = 2;
	for (unsigned i = 0; i < 5; i++)
		ask(4 * i, VIRTIO_BLK_T_IN, i, DATA + i * 512, 512);
	assert_int_equal(disk.count, 2);
	assert_false(b->device.work_left); /* one of ours will be done */
	for (unsigned i = 0; i < 5; i++)
		finish(0, 0);
	assert_int_equal(used_idx(), 5);
	disk.room = 0;
	ask(0, VIRTIO_BLK_T_IN, 0, DATA, 512);
	assert_true(b->device.work_left); /* nothing else would bring it on */
	virtio_work(&b->device);
	assert_true(b->device.work_left);
	disk.room = 1;
	virtio_work(&b->device);
	assert_false(b->device.work_left);
	finish(0, 0);
	assert_int_equal(used_idx(), 6);
}

/* When many are done at one go, what comes next is not looked at there. */
static void test_done_takes_nothing(void **state)
{
	start_driver(FLUSH);
	for (unsigned i = 0; i < 20; i++)
		ask(4 * i, VIRTIO_BLK_T_IN, i, DATA + i * 512, 512);
	while (disk.count)
		fake_finish(&disk, 0, 0);
	assert_int_equal(used_idx(), 16);
	assert_true(b->device.work_left);
	virtio_work(&b->device);
	assert_int_equal(disk.count, 4);
}

/* Buffers that are answered at once are many at a go, but not all. */
static void test_the_budget(void **state)
{
	unsigned goes = 1;

	start_driver(FLUSH);
	for (unsigned i = 0; i < 60; i++) {
		put_header(0x8000, 99, 0);
		put_desc(2 * i, 0x8000, 16, F_NEXT);
		put_desc(2 * i + 1, 0x8010 + i, 1, F_WRITE);
		offer(2 * i);
	}
	notify();
	assert_int_equal(used_idx(), 26); /* 256 / (8 + 2) */
	for (; b->device.work_left; goes++)
		virtio_work(&b->device);
	assert_int_equal(goes, 3);
	assert_int_equal(used_idx(), 60);
}

static void test_a_disk_in_memory(void **state)
{
	struct vmem mem = {memory, MEMORY};
	struct ramdisk ram;

	ramdisk_init(&ram, disk.data, 1000 * 512, false);
	virtio_blk_init(b, &mem, &ram.disk, "a name that is longer than 20");
	assert_memory_equal(b->id, "a name that is longer", 20);
	b->device.raise = fake_raise;
	start_driver(FLUSH);
	ask(0, VIRTIO_BLK_T_IN, 0, DATA, 65536);
	assert_true(b->device.work_left);
	assert_int_equal(used_idx(), 0);
	virtio_work(&b->device);
	assert_int_equal(used_idx(), 0);
	virtio_set_status(&b->device, 0);
	assert_true(b->device.work_left && virtio_is_busy(&b->device));
	virtio_work(&b->device);
	assert_false(b->device.work_left || virtio_is_busy(&b->device));
	assert_int_equal(used_idx(), 0);
	ram.disk.wake(&ram.disk);
	assert_true(b->device.work_left);
}

/* ---- reset --------------------------------------------------------------------------- */

static void test_reset_with_requests_on_their_way(void **state)
{
	start_driver(0);
	disk.room = 3;
	ask(0, VIRTIO_BLK_T_IN, 0, DATA, 512);
	ask(4, VIRTIO_BLK_T_IN, 1, DATA + 1025, 9 * 512); /* bounces */
	ask(8, VIRTIO_BLK_T_OUT, 2, DATA + 2048, 512);
	ask(12, VIRTIO_BLK_T_IN, 3, DATA + 4096, 512); /* the disk has no room for it */
	assert_int_equal(b->in_flight, 4);
	virtio_set_status(&b->device, 0);
	assert_int_equal(b->in_flight, 3);
	assert_true(virtio_is_busy(&b->device));
	start_driver(FLUSH);
	disk.room = 64;
	memset(memory + DATA + 1025, 0x99, 9 * 512);
	for (unsigned i = 0; i < 20; i++)
		ask(4 * i, VIRTIO_BLK_T_IN, 100 + i, DATA + 0x10000 + i * 512, 512);
	assert_int_equal(disk.count, 16); /* 13 of the new ones */
	ask(100, VIRTIO_BLK_T_IN, 200, DATA + 0x20001, 512);
	raised = 0;
	finish(1, 0); /* the one that bounced; the newest takes its place */
	finish(0, 0);
	finish(2, 0);
	assert_int_equal(used_idx() + raised, 0);
	assert_int_equal(memory[DATA + 1025], 0x99);
	while (disk.count)
		finish(0, 0);
	assert_int_equal(used_idx(), 21);
	assert_memory_equal(memory + DATA + 0x10000, disk.data + 100 * 512, 20 * 512);
	assert_memory_equal(memory + DATA + 0x20001, disk.data + 200 * 512, 512);
	assert_false(virtio_is_busy(&b->device));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLK_TEST(test_features_and_config),
		BLK_TEST(test_read_and_write),
		BLK_TEST(test_what_is_refused),
		BLK_TEST(test_read_only),
		BLK_TEST(test_errors),
		BLK_TEST(test_write_through),
		BLK_TEST(test_get_id),
		BLK_TEST(test_ranges),
		BLK_TEST(test_framing),
		BLK_TEST(test_short_header),
		BLK_TEST(test_no_status_breaks_the_ring),
		BLK_TEST(test_long_chains),
		BLK_TEST(test_large_segments_bounce),
		BLK_TEST(test_no_more_than_16),
		BLK_TEST(test_one_bounces),
		BLK_TEST(test_a_full_disk),
		BLK_TEST(test_done_takes_nothing),
		BLK_TEST(test_the_budget),
		BLK_TEST(test_a_disk_in_memory),
		BLK_TEST(test_reset_with_requests_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
