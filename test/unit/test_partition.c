/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/partition.c: tables made here sector by sector, whole and damaged. */
/* unit-sources: core/partition.c */
#include "core/partition.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define SECTORS 4096u
#define LAST    (SECTORS - 1)

#define GUID_LINUX 0x0FC63DAFu
#define GUID_OTHER 0x12345678u

static uint8_t disk[SECTORS * 512];
static struct partition_scan scan;
static uint64_t unreadable; /* a sector; 0: none */
static unsigned reads;

static uint8_t *at(uint64_t sector)
{
	return disk + sector * 512;
}

static void put(uint8_t *at, unsigned bytes, uint64_t value)
{
	memcpy(at, &value, bytes);
}

static void run(void)
{
	uint64_t sector;

	partition_scan_init(&scan, SECTORS);
	for (reads = 0; partition_next_read(&scan, &sector); reads++) {
		assert_true(sector < SECTORS && reads < 2000);
		partition_feed(&scan, unreadable && sector == unreadable ? NULL : at(sector));
	}
}

static void expect(unsigned number, uint64_t first, uint64_t sectors, const char *type)
{
	const struct partition *p = partition_find(&scan, number);

	assert_non_null(p);
	assert_true(p->first == first && p->sectors == sectors);
	assert_string_equal(p->type, type);
}

static void expect_why(unsigned number, const char *part)
{
	assert_null(partition_find(&scan, number));
	for (unsigned i = 0; i < scan.count; i++) {
		if (scan.list[i].number != number)
			continue;
		assert_non_null(strstr(scan.list[i].why, part));
		return;
	}
	fail();
}

static void expect_warning(const char *part)
{
	assert_non_null(scan.warning);
	assert_non_null(strstr(scan.warning, part));
}

static int setup(void **state)
{
	memset(disk, 0, sizeof(disk));
	unreadable = 0;
	return 0;
}

/* ---- MBR ---------------------------------------------------------------------------- */

static void mbr(uint32_t table, unsigned i, uint8_t type, uint32_t first, uint32_t sectors)
{
	uint8_t *e = at(table) + 446 + 16 * i;

	e[4] = type;
	put(e + 8, 4, first);
	put(e + 12, 4, sectors);
	put(at(table) + 510, 2, 0xAA55);
}

static void test_primary(void **state)
{
	mbr(0, 0, 0x83, 63, 100);
	mbr(0, 2, 0x82, 200, 10);
	mbr(0, 3, 0x42, LAST, 1);
	at(0)[446] = 0x80;
	run();
	assert_int_equal(scan.count, 3);
	assert_int_equal(reads, 1);
	assert_null(scan.warning);
	expect(1, 63, 100, "linux");
	expect(3, 200, 10, "swap");
	expect(4, LAST, 1, "0x42");
	assert_null(partition_find(&scan, 2));
	assert_null(partition_find(&scan, 5));
}

static void test_no_table(void **state)
{
	run();
	assert_int_equal(scan.count, 0);
	assert_null(scan.warning);
	mbr(0, 0, 0x83, 63, 100);
	at(0)[446 + 32] = 0x12; /* code, not a table */
	run();
	assert_int_equal(scan.count, 0);
	assert_int_equal(reads, 1);
	assert_null(scan.warning);
	partition_scan_init(&scan, SECTORS);
	partition_feed(&scan, NULL);
	expect_warning("cannot be read");
	partition_scan_init(&scan, 0);
	assert_null(scan.look);
}

static void test_what_must_not_be_used(void **state)
{
	mbr(0, 0, 0x83, 100, 100);
	mbr(0, 1, 0x83, 199, 2);
	mbr(0, 2, 0x83, LAST, 2);
	mbr(0, 3, 0x83, 0, 10);
	run();
	expect(1, 100, 100, "linux");
	expect_why(2, "overlaps");
	expect_why(3, "beyond the disk");
	expect_why(4, "table in it");
	mbr(0, 1, 0x83, 200, 2); /* next to each other is fine */
	mbr(0, 2, 0x83, 98, 2);
	mbr(0, 3, 0x83, 0xFFFFFFFF, 0xFFFFFFFF);
	run();
	expect(2, 200, 2, "linux");
	expect(3, 98, 2, "linux");
	expect_why(4, "beyond the disk");
}

/* Three logical ones at 1000, 1100, 1200, each behind its table. */
static void put_chain(void)
{
	mbr(0, 1, 0x0F, 1000, 500);
	mbr(0, 0, 0x83, 100, 50);
	for (unsigned i = 0; i < 3; i++) {
		mbr(1000 + 100 * i, 0, 0x83, 10, 90);
		if (i < 2)
			mbr(1000 + 100 * i, 1, 0x05, 100 * (i + 1), 100);
	}
}

static void test_logical(void **state)
{
	put_chain();
	run();
	assert_null(scan.warning);
	assert_int_equal(scan.count, 4);
	for (unsigned i = 0; i < 3; i++)
		expect(5 + i, 1010 + 100 * i, 90, "linux");
	mbr(1100, 0, 0, 0, 0);       /* a deleted one takes no number */
	mbr(1000, 3, 0x83, 5000, 7); /* rubbish, as Linux has it */
	run();
	assert_int_equal(scan.count, 3);
	expect(6, 1210, 90, "linux");
	mbr(1000, 3, 0x83, 300, 7);
	run();
	expect(6, 1300, 7, "linux");
	expect(7, 1210, 90, "linux");
}

static void test_bad_chains(void **state)
{
	put_chain();
	mbr(1200, 1, 0x05, 100, 100);
	run();
	expect_warning("loop");
	assert_int_equal(scan.count, 4);
	mbr(1200, 1, 0x05, 500, 100);
	run();
	expect_warning("leaves");
	mbr(1200, 1, 0x05, 0xFFFFFFFF, 100);
	run();
	expect_warning("leaves");
	mbr(1200, 1, 0x05, 300, 100);
	run();
	expect_warning("broken");
	expect(7, 1210, 90, "linux");
	unreadable = 1100;
	run();
	expect_warning("broken");
	assert_int_equal(scan.count, 2);
}

/* Each type that says "extended"; of two the first counts, in the disk's table and in a chain's. */
static void test_which_link(void **state)
{
	static const uint8_t types[] = {0x05, 0x0F, 0x85};

	for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
		setup(NULL);
		put_chain();
		mbr(0, 1, types[i], 1000, 500);
		mbr(0, 2, 0x05, 3000, 500);
		mbr(1000, 1, types[i], 100, 100);
		mbr(1000, 2, 0x05, 400, 10);
		run();
		assert_null(scan.warning);
		assert_int_equal(scan.count, 4);
		expect(7, 1210, 90, "linux");
	}
}

/* The extended partition itself reaches beyond the disk: what of it is there is read. */
static void test_chain_beyond_the_disk(void **state)
{
	put_chain();
	mbr(0, 1, 0x0F, 1000, 10 * SECTORS);
	mbr(1200, 1, 0x05, LAST - 1000, 100);
	run();
	expect_warning("broken"); /* the last sector is no table */
	mbr(1200, 1, 0x05, SECTORS - 1000, 100);
	run();
	expect_warning("leaves");
	expect(7, 1210, 90, "linux");
	mbr(0, 1, 0x0F, SECTORS, 500);
	run();
	expect_warning("leaves");
	assert_int_equal(scan.count, 1);
}

/* As many tables as are followed, and partitions as there is room for. */
static void test_long_chains(void **state)
{
	mbr(0, 0, 0x05, 100, 3000);
	for (unsigned i = 0; i < 63; i++)
		mbr(100 + i, 0, 0x05, i + 1, 10);
	mbr(163, 0, 0x83, 1, 10);
	run();
	assert_null(scan.warning);
	expect(5, 164, 10, "linux");
	mbr(163, 1, 0x05, 64, 10);
	run();
	expect_warning("too long");
	for (unsigned i = 0; i < 40; i++)
		mbr(100 + i, 1, 0x83, 1000 + i, 1);
	run();
	assert_int_equal(scan.count, PARTITIONS_MAX);
}

/* ---- GPT ---------------------------------------------------------------------------- */

/* The slow way, so that it is another. */
static uint32_t crc_of(const uint8_t *at, uint32_t bytes)
{
	uint32_t crc = ~0u;

	for (uint32_t i = 0; i < bytes * 8; i++) {
		uint32_t bit = (at[i / 8] >> i % 8 ^ crc) & 1;

		crc = crc >> 1 ^ (bit ? 0xEDB88320 : 0);
	}
	return ~crc;
}

static uint32_t entry_bytes = 128, entries = 128;

static void seal(uint32_t header, uint32_t table)
{
	uint8_t *h = at(header);

	put(h + 88, 4, crc_of(at(table), entries * entry_bytes));
	put(h + 16, 4, 0);
	put(h + 16, 4, crc_of(h, 92));
}

static void gpt_header(uint32_t header, uint32_t table)
{
	uint8_t *h = at(header);

	memcpy(h, "EFI PART\0\0\1", 12);
	put(h + 12, 4, 92);
	put(h + 24, 8, header);
	put(h + 32, 8, LAST - (header - 1) % LAST);
	put(h + 40, 8, 34);
	put(h + 48, 8, SECTORS - 34);
	put(h + 72, 8, table);
	put(h + 80, 4, entries);
	put(h + 84, 4, entry_bytes);
	seal(header, table);
}

static void gpt_entry(uint32_t table, unsigned i, uint32_t type, uint64_t first, uint64_t last)
{
	uint8_t *e = at(table) + i * entry_bytes;

	put(e, 4, type);
	put(e + 4, 4, type ? 0x47728483 : 0);
	put(e + 32, 8, first);
	put(e + 40, 8, last);
}

#define TABLE_2 (SECTORS - 33)

static void put_gpt(void)
{
	mbr(0, 0, 0xEE, 1, LAST);
	for (unsigned n = 0; n < 2; n++) {
		uint32_t table = n ? TABLE_2 : 2;

		gpt_entry(table, 0, GUID_LINUX, 34, 133);
		gpt_entry(table, 5, GUID_OTHER, 134, 134);
		gpt_entry(table, entries - 1, GUID_LINUX, SECTORS - 34, SECTORS - 34);
		gpt_header(n ? LAST : 1, table);
	}
}

static void expect_gpt(void)
{
	assert_int_equal(scan.count, 3);
	expect(1, 34, 100, "linux");
	expect(6, 134, 1, "0x12345678");
	expect(entries, SECTORS - 34, 1, "linux");
}

static void test_gpt(void **state)
{
	put_gpt();
	run();
	assert_null(scan.warning);
	expect_gpt();
	assert_int_equal(reads, 34);
}

static void test_gpt_of_other_shapes(void **state)
{
	static const struct {
		uint32_t bytes, entries;
	} shapes[] = {{128, 6 + 1}, {256, 30}, {512, 10}, {128, 128}};

	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
		setup(NULL);
		entry_bytes = shapes[i].bytes;
		entries = shapes[i].entries;
		put_gpt();
		run();
		assert_null(scan.warning);
		expect_gpt();
	}
}

/* Each byte of the header that counts, and each of the entries, is in a sum. */
static void test_damage_is_noticed(void **state)
{
	put_gpt();
	for (unsigned i = 0; i < 92 + 128 * 128; i += i < 92 ? 1 : 37) {
		uint8_t *byte = i < 92 ? at(1) + i : at(2) + i - 92;

		*byte ^= 0x10;
		run();
		expect_warning("the one at the end is used");
		expect_gpt();
		*byte ^= 0x10;
	}
	unreadable = 1;
	run();
	expect_warning("the one at the end is used");
	unreadable = 17;
	run();
	expect_warning("the one at the end is used");
	expect_gpt();
	at(LAST)[0] ^= 1;
	run();
	expect_warning("neither");
	assert_int_equal(scan.count, 0);
}

static void damage(unsigned offset, unsigned bytes, uint64_t value)
{
	setup(NULL);
	put_gpt();
	put(at(1) + offset, bytes, value);
	put(at(1) + 16, 4, 0);
	put(at(1) + 16, 4, crc_of(at(1), 92));
	memset(at(LAST), 0, 512);
	run();
	expect_warning("neither");
	assert_int_equal(scan.count, 0);
	assert_int_equal(reads, 3);
}

/* A header whose sum is right and that makes no sense all the same. */
static void test_nonsense_with_a_right_sum(void **state)
{
	damage(12, 4, 91);
	damage(12, 4, 513);
	damage(12, 4, 0xFFFFFFFF);
	damage(24, 8, 2);
	damage(40, 8, SECTORS - 33);
	damage(48, 8, SECTORS);
	damage(72, 8, SECTORS);
	damage(72, 8, SECTORS - 31);
	damage(72, 8, UINT64_MAX);
	damage(80, 4, 0);
	damage(80, 4, 1025);
	damage(80, 4, 0x2000000);
	damage(84, 4, 0);
	damage(84, 4, 64);
	damage(84, 4, 384);
	damage(84, 4, 1024);
}

static void test_gpt_entries_refused(void **state)
{
	put_gpt();
	gpt_entry(2, 1, GUID_LINUX, 100, 200);
	gpt_entry(2, 2, GUID_LINUX, 33, 33);
	gpt_entry(2, 3, GUID_LINUX, 300, 299);
	gpt_entry(2, 4, GUID_LINUX, 300, 298);
	gpt_entry(2, 6, GUID_LINUX, 3000, UINT64_MAX);
	gpt_entry(2, 7, GUID_LINUX, 0, UINT64_MAX);
	gpt_entry(2, 8, GUID_LINUX, SECTORS - 33, SECTORS - 33);
	seal(1, 2);
	run();
	assert_null(scan.warning);
	expect(1, 34, 100, "linux");
	expect_why(2, "overlaps");
	expect_why(3, "usable");
	expect_why(4, "empty");
	expect_why(5, "empty");
	expect_why(7, "beyond");
	expect_why(8, "empty");
	expect_why(9, "usable");
}

static void test_too_many(void **state)
{
	put_gpt();
	for (unsigned i = 0; i < 128; i++)
		gpt_entry(2, i, GUID_LINUX, 100 + i, 100 + i);
	seal(1, 2);
	run();
	assert_int_equal(scan.count, PARTITIONS_MAX);
	expect_warning("more partitions");
	expect(32, 131, 1, "linux");
}

static void test_tiny_disks(void **state)
{
	put_gpt();
	for (uint64_t sectors = 1; sectors < 40; sectors++) {
		uint64_t sector;

		partition_scan_init(&scan, sectors);
		while (partition_next_read(&scan, &sector)) {
			assert_true(sector < sectors);
			partition_feed(&scan, at(sector));
		}
		assert_int_equal(scan.count, 0);
		expect_warning("neither");
	}
}

#define PARTITION_TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PARTITION_TEST(test_primary),
		PARTITION_TEST(test_no_table),
		PARTITION_TEST(test_what_must_not_be_used),
		PARTITION_TEST(test_logical),
		PARTITION_TEST(test_bad_chains),
		PARTITION_TEST(test_which_link),
		PARTITION_TEST(test_chain_beyond_the_disk),
		PARTITION_TEST(test_long_chains),
		PARTITION_TEST(test_gpt),
		PARTITION_TEST(test_gpt_of_other_shapes),
		PARTITION_TEST(test_damage_is_noticed),
		PARTITION_TEST(test_nonsense_with_a_right_sum),
		PARTITION_TEST(test_gpt_entries_refused),
		PARTITION_TEST(test_too_many),
		PARTITION_TEST(test_tiny_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
