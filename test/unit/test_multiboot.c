/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the multiboot2 parser: good blocks, each prefix of one, hostile and mutated ones. */
/* unit-sources: boot/multiboot2.c boot/memmap.c */
#include "boot/memmap.h"
#include "boot/multiboot2.h"

#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define BLOCK_MAX 8192u

static struct boot_info bi;
static const char *why;
static uint8_t block[BLOCK_MAX];
static uint32_t used;

static struct unit_random random_source = {2026};

static uint32_t next_random(void)
{
	return (uint32_t)(unit_random(&random_source) >> 32);
}

static void put(const void *data, size_t len)
{
	assert_true(used + len <= sizeof(block));
	memcpy(block + used, data, len);
	used += (uint32_t)len;
}

static void put32(uint32_t v)
{
	put(&v, sizeof(v));
}

static void put64(uint64_t v)
{
	put(&v, sizeof(v));
}

static void put_str(const char *s)
{
	put(s, strlen(s) + 1);
}

static void set32(uint32_t at, uint32_t v)
{
	memcpy(block + at, &v, sizeof(v));
}

static uint32_t tag_open(uint32_t type)
{
	put32(type);
	put32(0);
	return used - 8;
}

static void tag_close(uint32_t at)
{
	set32(at + 4, used - at);
	used = ALIGN_UP(used, 8u);
	set32(0, used);
}

static void mb2_begin(void)
{
	memset(block, 0, sizeof(block));
	used = 8;
	set32(0, used);
}

static void mb2_string(uint32_t type, const char *s)
{
	uint32_t at = tag_open(type);

	put_str(s);
	tag_close(at);
}

static void mb2_module(uint32_t start, uint32_t end, const char *s)
{
	uint32_t at = tag_open(3);

	put32(start);
	put32(end);
	put_str(s);
	tag_close(at);
}

static void mb2_map(uint32_t entry_bytes, unsigned entries)
{
	uint32_t at = tag_open(6);

	put32(entry_bytes);
	put32(0);
	for (unsigned i = 0; i < entries; i++) {
		put64(i * 0x200000ull);
		put64(0x100000);
		put32(1);
		for (unsigned pad = 20; pad < entry_bytes; pad += 4)
			put32(0xFFFFFFFF);
	}
	tag_close(at);
}

static void mb2_end(void)
{
	tag_close(tag_open(0));
}

/* Parses a copy without slack, so that the sanitizer sees each byte read too far. */
static int mb2_parse_copy(size_t limit)
{
	uint8_t *copy = malloc(limit ? limit : 1);
	int err;

	memcpy(copy, block, limit);
	memset(&bi, 0, sizeof(bi));
	err = multiboot2_parse(&bi, copy, limit, &why);
	free(copy);
	assert_true(err == 0 ? why == NULL : why != NULL);
	return err;
}

static void assert_strings_end(void)
{
	assert_true(memchr(bi.cmdline, 0, sizeof(bi.cmdline)) != NULL);
	assert_true(memchr(bi.loader, 0, sizeof(bi.loader)) != NULL);
	assert_true(bi.module_count <= BOOT_MAX_MODULES);
	for (unsigned i = 0; i < bi.module_count; i++) {
		const struct boot_module *m = &bi.modules[i];

		assert_true(memchr(m->cmdline, 0, sizeof(m->cmdline)) != NULL);
		assert_true(m->start <= m->end);
	}
}

static void mb2_build_full(void)
{
	static const uint8_t rgb[8] = {0, 0, 16, 8, 8, 8, 0, 8};
	uint8_t rsdp[36];
	uint32_t at;

	mb2_begin();
	mb2_string(1, "console=com1 log=debug");
	mb2_string(2, "GRUB 2.06");
	mb2_module(0x200000, 0x280000, "linux.bin quiet");
	at = tag_open(0x12345); /* unknown */
	put_str("odd length");
	tag_close(at);
	mb2_module(0x300000, 0x300000, "");
	mb2_map(24, 3);
	at = tag_open(8);
	put64(0xE0000000ull);
	put32(4096);
	put32(1024);
	put32(768);
	put("\x20\x01", 2);
	put(rgb, sizeof(rgb));
	tag_close(at);
	memset(rsdp, 2, sizeof(rsdp));
	at = tag_open(15);
	put(rsdp, 36);
	tag_close(at);
	memset(rsdp, 1, sizeof(rsdp));
	at = tag_open(14);
	put(rsdp, 20);
	tag_close(at);
	mb2_end();
}

static void test_mb2_full_block(void **state)
{
	(void)state;
	mb2_build_full();
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_string_equal(bi.cmdline, "console=com1 log=debug");
	assert_false(bi.cmdline_is_cut);
	assert_string_equal(bi.loader, "GRUB 2.06");
	assert_int_equal(bi.module_count, 2);
	assert_int_equal(bi.modules[0].start, 0x200000);
	assert_int_equal(bi.modules[0].end, 0x280000);
	assert_string_equal(bi.modules[0].cmdline, "linux.bin quiet");
	assert_string_equal(bi.modules[1].cmdline, "");
	assert_int_equal(bi.mem_count, 3);
	assert_true(bi.mem[2].base == 0x400000);
	assert_true(bi.has_framebuffer);
	assert_true(bi.framebuffer.base == 0xE0000000ull);
	assert_int_equal(bi.framebuffer.bpp, 32);
	assert_int_equal(bi.framebuffer.red_shift, 16);
	assert_int_equal(bi.framebuffer.blue_bits, 8);
	assert_true(bi.has_rsdp);
	assert_int_equal(bi.rsdp[35], 2);
}

static void test_mb2_each_prefix(void **state)
{
	(void)state;
	mb2_build_full();
	for (uint32_t len = 0; len < used; len++)
		assert_int_equal(mb2_parse_copy(len), -EINVAL);
	/* The same, with a total size which fits the prefix. */
	for (uint32_t len = 8; len < used; len++) {
		set32(0, len);
		mb2_parse_copy(len);
		assert_strings_end();
	}
}

static void test_mb2_mutations(void **state)
{
	static uint8_t good[BLOCK_MAX];

	(void)state;
	mb2_build_full();
	memcpy(good, block, sizeof(good));
	for (unsigned round = 0; round < 20000; round++) {
		unsigned changes = 1 + next_random() % 4;

		memcpy(block, good, used);
		while (changes--)
			block[next_random() % used] = (uint8_t)next_random();
		if (mb2_parse_copy(used) == 0)
			boot_info_tidy(&bi);
		assert_strings_end();
	}
}

static void test_mb2_tag_lengths(void **state)
{
	static const uint32_t lengths[] = {0, 1, 7, 0x7FFFFFFF, 0xFFFFFFF8, 0xFFFFFFFF};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		mb2_begin();
		mb2_map(24, 1);
		put32(1);
		put32(lengths[i]);
		set32(0, used);
		assert_int_equal(mb2_parse_copy(used), -EINVAL);
	}
}

static void test_mb2_short_tags(void **state)
{
	static const uint32_t needs_body[] = {3, 4, 6};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needs_body); i++) {
		mb2_begin();
		mb2_map(24, 1);
		tag_close(tag_open(needs_body[i]));
		assert_int_equal(mb2_parse_copy(used), -EINVAL);
	}
	for (uint32_t type = 1; type < 32; type++) {
		if (type == 3 || type == 4 || type == 6)
			continue;
		mb2_begin();
		mb2_map(24, 1);
		tag_close(tag_open(type));
		assert_int_equal(mb2_parse_copy(used), 0);
		assert_false(bi.has_framebuffer);
	}
}

static void test_mb2_no_end_tag_is_forgiven(void **state)
{
	(void)state;
	mb2_begin();
	mb2_map(24, 2);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_int_equal(bi.mem_count, 2);
}

static void test_mb2_strings_without_end(void **state)
{
	uint32_t at;

	(void)state;
	mb2_begin();
	mb2_map(24, 1);
	at = tag_open(1);
	put("abcdefgh", 8);
	tag_close(at);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_string_equal(bi.cmdline, "abcdefgh");
	assert_true(bi.cmdline_is_cut);
}

static void test_mb2_long_strings_are_cut(void **state)
{
	static char longer[3 * BOOT_CMDLINE];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[BOOT_CMDLINE - 1] = '\0';
	mb2_begin();
	mb2_map(24, 1);
	mb2_string(1, longer);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_false(bi.cmdline_is_cut);
	longer[BOOT_CMDLINE - 1] = 'x';
	mb2_begin();
	mb2_map(24, 1);
	mb2_string(1, longer);
	mb2_module(1, 2, longer);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_true(bi.cmdline_is_cut && bi.modules[0].cmdline_is_cut);
	assert_int_equal(strlen(bi.cmdline), BOOT_CMDLINE - 1);
	assert_int_equal(strlen(bi.modules[0].cmdline), BOOT_CMDLINE - 1);
}

static void test_mb2_modules(void **state)
{
	(void)state;
	mb2_begin();
	mb2_map(24, 1);
	mb2_module(0x2000, 0x1000, "backwards");
	for (unsigned i = 0; i < BOOT_MAX_MODULES + 5; i++)
		mb2_module(0x1000 * i, 0x1000 * (i + 1), "m");
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_int_equal(bi.bad_modules, 1);
	assert_int_equal(bi.module_count, BOOT_MAX_MODULES);
	assert_int_equal(bi.dropped_modules, 5);
}

static void test_mb2_map_entry_sizes(void **state)
{
	(void)state;
	for (uint32_t bytes = 24; bytes <= 64; bytes += 4) {
		mb2_begin();
		mb2_map(bytes, 5);
		assert_int_equal(mb2_parse_copy(used), 0);
		assert_int_equal(bi.mem_count, 5);
		assert_true(bi.mem[4].base == 0x800000);
	}
	for (uint32_t bytes = 0; bytes < 24; bytes++) {
		mb2_begin();
		mb2_map(24, 1);
		set32(16, bytes);
		assert_int_equal(mb2_parse_copy(used), -EINVAL);
	}
	mb2_begin();
	mb2_map(24, 1);
	set32(16, 0xFFFFFFFF);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_int_equal(bi.mem_count, 0);
}

static void test_mb2_memory_from_basic_tag(void **state)
{
	uint32_t at;

	(void)state;
	mb2_begin();
	mb2_end();
	assert_int_equal(mb2_parse_copy(used), -EINVAL);
	mb2_begin();
	at = tag_open(4);
	put32(639);
	put32(65536);
	tag_close(at);
	mb2_end();
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_int_equal(bi.mem_count, 2);
	assert_true(bi.mem[1].base == MIB(1) && bi.mem[1].bytes == MIB(64));
	used -= 8;
	mb2_map(24, 1);
	assert_int_equal(mb2_parse_copy(used), 0);
	assert_int_equal(bi.mem_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mb2_full_block),
		cmocka_unit_test(test_mb2_each_prefix),
		cmocka_unit_test(test_mb2_mutations),
		cmocka_unit_test(test_mb2_tag_lengths),
		cmocka_unit_test(test_mb2_short_tags),
		cmocka_unit_test(test_mb2_no_end_tag_is_forgiven),
		cmocka_unit_test(test_mb2_strings_without_end),
		cmocka_unit_test(test_mb2_long_strings_are_cut),
		cmocka_unit_test(test_mb2_modules),
		cmocka_unit_test(test_mb2_map_entry_sizes),
		cmocka_unit_test(test_mb2_memory_from_basic_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
