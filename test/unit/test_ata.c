/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what is made of IDENTIFY data, and the commands requests become. */
/* unit-sources: drivers/ata.c */
#include "drivers/ata.h"

#include <string.h>

#include "core/types.h"
#include "core/util.h"
#include "test/unit/unit.h"

static uint16_t words[ATA_IDENTIFY_WORDS];
static struct ata_disk disk;
static struct ata_payload payload;

static void put_text(unsigned word, unsigned bytes, const char *text)
{
	char padded[64];

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, text, strlen(text));
	for (unsigned i = 0; i < bytes / 2; i++)
		words[word + i] =
			(uint16_t)((uint8_t)padded[2 * i] << 8 | (uint8_t)padded[2 * i + 1]);
}

/* What QEMU's disk of 10 GiB says, as far as it matters. */
static int setup(void **state)
{
	(void)state;
	memset(words, 0, sizeof(words));
	memset(&disk, 0, sizeof(disk));
	words[0] = 0x0040;
	put_text(10, 20, "QM00001");
	put_text(27, 40, "QEMU HARDDISK");
	words[49] = 0x0B00;
	words[60] = 0xFFFF;
	words[61] = 0x0FFF;
	words[83] = 0x7400;
	words[101] = 0x0140;
	words[106] = 0x6000;
	words[169] = 1;
	return 0;
}

/* ---- IDENTIFY ---- */

static void test_a_disk(void **state)
{
	(void)state;
	assert_null(ata_identify(&disk, words));
	assert_string_equal(disk.block.model, "QEMU HARDDISK");
	assert_string_equal(disk.block.serial, "QM00001");
	assert_true(disk.block.sectors == 0x1400000);
	assert_int_equal(disk.block.physical_bytes, 512);
	assert_true(disk.has_48bit && disk.block.can_discard);
	assert_false(disk.block.read_only || disk.block.can_write_zeroes);
	assert_int_equal(disk.flush, ATA_FLUSH_EXT);
}

static void test_texts_are_trimmed(void **state)
{
	(void)state;
	put_text(27, 40, "  ST3  \x01\x7F long name\xE4 of forty letters ..");
	put_text(10, 20, "   01234567890123456");
	assert_null(ata_identify(&disk, words));
	assert_string_equal(disk.block.model, "ST3     long name  of forty letters ..");
	assert_string_equal(disk.block.serial, "01234567890123456");
	put_text(27, 40, "0123456789012345678901234567890123456789");
	put_text(10, 20, "");
	assert_null(ata_identify(&disk, words));
	assert_int_equal(strlen(disk.block.model), 40);
	assert_string_equal(disk.block.serial, "");
}

static void test_an_old_disk(void **state)
{
	(void)state;
	words[83] = 0x5000;
	words[106] = words[169] = 0;
	assert_null(ata_identify(&disk, words));
	assert_true(disk.block.sectors == 0xFFFFFFF);
	assert_false(disk.has_48bit || disk.block.can_discard);
	assert_int_equal(disk.flush, ATA_FLUSH);
	words[83] = 0x4000;
	assert_null(ata_identify(&disk, words));
	assert_int_equal(disk.flush, ATA_NOTHING);
	words[83] = 0xFFFF; /* means nothing */
	assert_null(ata_identify(&disk, words));
	assert_false(disk.has_48bit);
	assert_int_equal(disk.flush, ATA_NOTHING);
	words[61] = 0xFFFF; /* more than an address reaches */
	assert_null(ata_identify(&disk, words));
	assert_true(disk.block.sectors == 0x10000000);
}

static void test_a_huge_disk(void **state)
{
	(void)state;
	words[100] = 0x1234;
	words[102] = 5;
	assert_null(ata_identify(&disk, words));
	assert_true(disk.block.sectors == 0x501401234);
	words[103] = 0xFFFF;
	assert_null(ata_identify(&disk, words));
	assert_true(disk.block.sectors == 1ull << 48);
}

static void test_48_bits_without_sectors(void **state)
{
	(void)state;
	words[101] = 0;
	assert_null(ata_identify(&disk, words));
	assert_false(disk.has_48bit || disk.block.can_discard);
	assert_true(disk.block.sectors == 0xFFFFFFF);
	assert_int_equal(disk.flush, ATA_FLUSH);
	words[60] = words[61] = 0;
	assert_non_null(ata_identify(&disk, words));
}

static void test_sector_sizes(void **state)
{
	(void)state;
	words[106] = 0x6003;
	assert_null(ata_identify(&disk, words));
	assert_int_equal(disk.block.physical_bytes, 4096);
	words[106] = 0x600F;
	assert_null(ata_identify(&disk, words));
	assert_int_equal(disk.block.physical_bytes, 512);
	words[106] = 0x4003; /* not several */
	assert_null(ata_identify(&disk, words));
	assert_int_equal(disk.block.physical_bytes, 512);
	words[106] = 0x5000;
	words[117] = 256;
	assert_null(ata_identify(&disk, words));
	words[117] = 2048;
	assert_non_null(ata_identify(&disk, words));
	words[117] = 256;
	words[118] = 1;
	assert_non_null(ata_identify(&disk, words));
}

static void test_what_is_refused(void **state)
{
	(void)state;
	words[0] = 0x8580;
	assert_non_null(ata_identify(&disk, words));
	words[0] = 0x848A;
	assert_null(ata_identify(&disk, words));
	words[49] = 0x0200;
	assert_non_null(ata_identify(&disk, words));
	words[49] = 0x0100;
	assert_non_null(ata_identify(&disk, words));
}

/* ---- commands ---- */

static struct block_segment segments[BLOCK_SEGMENTS];

static struct block_request request_of(enum block_op op, uint64_t sector, uint32_t sectors)
{
	static uint8_t memory[BLOCK_SEGMENT_MAX] ALIGNED(4);

	for (unsigned i = 0; i < BLOCK_SEGMENTS; i++)
		segments[i] = (struct block_segment){memory, BLOCK_SEGMENT_MAX};
	return (struct block_request){.op = op,
				      .sector = sector,
				      .sectors = sectors,
				      .count = BLOCK_SEGMENTS,
				      .segments = segments};
}

static struct ata_command next(const struct block_request *r)
{
	struct ata_command c;

	ata_next_command(&disk, r, &payload, &c);
	return c;
}

static void test_reads_and_writes(void **state)
{
	struct block_request r = request_of(BLOCK_READ, 0x123456789A, 16128);
	struct ata_command c;

	(void)state;
	assert_null(ata_identify(&disk, words));
	c = next(&r);
	assert_int_equal(c.code, ATA_READ_EXT);
	assert_int_equal(c.device, 0x40);
	assert_int_equal(c.count, 16128);
	assert_int_equal(c.sectors, 16128);
	assert_true(c.lba == 0x123456789A && c.is_48bit && !c.is_write);
	assert_int_equal(c.data.left, 16128 * 512);
	r.op = BLOCK_WRITE;
	r.progress = 16000;
	c = next(&r);
	assert_int_equal(c.code, ATA_WRITE_EXT);
	assert_int_equal(c.count, 128);
	assert_true(c.lba == 0x123456789A + 16000 && c.is_write);
	assert_int_equal(c.data.left, 128 * 512);
	assert_int_equal(c.data.skip, 16000 * 512);
}

static void test_28_bits_in_parts(void **state)
{
	struct block_request r = request_of(BLOCK_READ, 0xFFFFF00, 600);
	struct ata_command c;

	(void)state;
	words[83] = 0x5000;
	assert_null(ata_identify(&disk, words));
	r.sector = 0xABCDEF0;
	c = next(&r);
	assert_int_equal(c.code, ATA_READ);
	assert_int_equal(c.device, 0x4A);
	assert_true(c.lba == 0xBCDEF0 && !c.is_48bit);
	assert_int_equal(c.sectors, 256);
	assert_int_equal(c.count, 0);
	r.progress = 512;
	r.op = BLOCK_WRITE;
	c = next(&r);
	assert_int_equal(c.code, ATA_WRITE);
	assert_true(c.lba == 0xBCDEF0 + 512);
	assert_int_equal(c.sectors, 88);
	assert_int_equal(c.count, 88);
}

static void test_flush(void **state)
{
	struct block_request r = {.op = BLOCK_FLUSH, .sectors = 77, .sector = 5};
	struct ata_command c;
	struct block_segment piece;

	(void)state;
	assert_null(ata_identify(&disk, words));
	c = next(&r);
	assert_int_equal(c.code, ATA_FLUSH_EXT);
	assert_true(c.is_48bit);
	assert_int_equal(c.sectors, 0);
	assert_int_equal(ata_total(&r), 0);
	assert_false(ata_next_piece(&c.data, &piece));
}

/* 64 ranges of 65535 sectors, the last part what is left. */
static void test_discard(void **state)
{
	struct block_request r = {.op = BLOCK_DISCARD, .sector = 0x1000, .sectors = 5000000};
	uint32_t rest = 5000000 - 64 * 65535;
	struct ata_command c;

	(void)state;
	assert_null(ata_identify(&disk, words));
	c = next(&r);
	assert_int_equal(c.code, ATA_DISCARD);
	assert_int_equal(c.features, 1);
	assert_int_equal(c.count, 1);
	assert_true(c.is_48bit && c.is_write && c.lba == 0);
	assert_int_equal(c.sectors, 64 * 65535);
	assert_int_equal(c.data.left, 512);
	for (unsigned i = 0; i < 64; i++)
		assert_true(payload.ranges[i] == 0x1000 + i * 65535u + (65535ull << 48));
	r.progress = c.sectors;
	c = next(&r);
	assert_int_equal(c.sectors, rest);
	for (uint32_t i = 0, at = 0; i < 64; i++) {
		uint64_t n = MIN(rest - at, 65535u);

		assert_true(payload.ranges[i] == (n ? 0x1000 + r.progress + at + (n << 48) : 0));
		at += (uint32_t)n;
	}
}

/* ---- pieces ---- */

/* Segments of random size, a random part of them: the same bytes as one by one. */
static void test_pieces_of_random_segments(void **state)
{
	static uint8_t memory[BLOCK_SEGMENTS * 8 * 512];
	struct unit_random random = {4711};

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		unsigned count = 1 + (unsigned)(unit_random(&random) % 12);
		uint32_t total = 0, skip, want;
		struct block_segment piece;
		struct ata_cursor c;

		for (unsigned i = 0; i < count; i++) {
			uint32_t bytes = 512 * (1 + (uint32_t)(unit_random(&random) % 8));

			segments[i] = (struct block_segment){memory + total, bytes};
			total += bytes;
		}
		skip = (uint32_t)(unit_random(&random) % (total / 512)) * 512;
		want = (uint32_t)(1 + unit_random(&random) % ((total - skip) / 512)) * 512;
		c = (struct ata_cursor){segments, segments + count, skip, want};
		for (uint32_t at = skip; ata_next_piece(&c, &piece); at += piece.bytes) {
			assert_ptr_equal(piece.at, memory + at);
			assert_in_range(piece.bytes, 512, 4096);
			want -= piece.bytes;
		}
		assert_int_equal(want, 0);
	}
}

/* A request whose segments are fewer than it says: never beyond them. */
static void test_too_few_segments(void **state)
{
	struct ata_cursor c = {segments, segments + 1, 0, 4096};
	struct block_segment piece;

	(void)state;
	segments[0] = (struct block_segment){words, 512};
	assert_true(ata_next_piece(&c, &piece));
	assert_int_equal(piece.bytes, 512);
	assert_false(ata_next_piece(&c, &piece));
	assert_false(ata_next_piece(&c, &piece));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_disk, setup),
		cmocka_unit_test_setup(test_texts_are_trimmed, setup),
		cmocka_unit_test_setup(test_an_old_disk, setup),
		cmocka_unit_test_setup(test_a_huge_disk, setup),
		cmocka_unit_test_setup(test_48_bits_without_sectors, setup),
		cmocka_unit_test_setup(test_sector_sizes, setup),
		cmocka_unit_test_setup(test_what_is_refused, setup),
		cmocka_unit_test_setup(test_reads_and_writes, setup),
		cmocka_unit_test_setup(test_28_bits_in_parts, setup),
		cmocka_unit_test_setup(test_flush, setup),
		cmocka_unit_test_setup(test_discard, setup),
		cmocka_unit_test(test_pieces_of_random_segments),
		cmocka_unit_test(test_too_few_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
