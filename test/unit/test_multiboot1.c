/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the multiboot1 parser: good tables, memory which ends anywhere, hostile and mutated ones.
 */
/* unit-sources: boot/multiboot1.c boot/memmap.c */
#include "boot/memmap.h"
#include "boot/multiboot1.h"

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

/* Multiboot 1: everything by address; `block` is all the memory there is. */

#define MB1_INFO    16u
#define MB1_FLAGS   (1u | 1u << 2 | 1u << 3 | 1u << 6 | 1u << 9)
#define MB1_CMDLINE (MB1_INFO + 16)
#define MB1_MODS    (MB1_INFO + 20)
#define MB1_MAP     (MB1_INFO + 44)
#define MB1_LOADER  (MB1_INFO + 64)

/* Hands out a copy without slack which is valid until the next call, as promised at least. */
static const void *phys_copy(void *ctx, uint64_t addr, size_t len)
{
	static uint8_t *copy;
	uint32_t limit = *(uint32_t *)ctx;

	free(copy);
	copy = NULL;
	if (addr == 0 || addr > limit || len > limit - addr)
		return NULL;
	copy = malloc(len);
	memcpy(copy, block + addr, len);
	return copy;
}

static int mb1_parse(uint32_t limit)
{
	int err;

	memset(&bi, 0, sizeof(bi));
	err = multiboot1_parse(&bi, MB1_INFO, phys_copy, &limit, &why);
	assert_true(err == 0 ? why == NULL : why != NULL);
	assert_strings_end();
	return err;
}

static void mb1_map_entry(uint32_t bytes_after, uint64_t base, uint64_t bytes)
{
	uint32_t end = used + 4 + bytes_after;

	put32(bytes_after);
	put64(base);
	put64(bytes);
	put32(1);
	used = end;
}

static void mb1_build(void)
{
	uint32_t map;

	memset(block, 0, sizeof(block));
	set32(MB1_INFO, MB1_FLAGS);
	set32(MB1_INFO + 4, 639);
	set32(MB1_INFO + 8, 65536);
	used = 256;
	set32(MB1_CMDLINE, used);
	put_str("kernel.elf hello");
	set32(MB1_LOADER, used);
	put_str("qemu");
	set32(MB1_MODS, 2);
	set32(MB1_MODS + 4, 512);
	used = 512;
	put32(0x100000);
	put32(0x200000);
	put32(600);
	put32(0);
	put32(0x300000);
	put32(0x300001);
	put32(0);
	put32(0);
	used = 600;
	put_str("initrd one two");
	used = ALIGN_UP(used, 4u);
	map = used;
	mb1_map_entry(20, 0, 0x9FC00);
	mb1_map_entry(36, 0x100000, 0x700000);
	mb1_map_entry(20, 0x100000000ull, 0x80000000ull);
	set32(MB1_MAP, used - map);
	set32(MB1_MAP + 4, map);
}

static void test_mb1_full(void **state)
{
	(void)state;
	mb1_build();
	assert_int_equal(mb1_parse(used), 0);
	assert_string_equal(bi.cmdline, "kernel.elf hello");
	assert_string_equal(bi.loader, "qemu");
	assert_int_equal(bi.module_count, 2);
	assert_string_equal(bi.modules[0].cmdline, "initrd one two");
	assert_string_equal(bi.modules[1].cmdline, "");
	assert_int_equal(bi.mem_count, 3);
	assert_true(bi.mem[2].base == 0x100000000ull);
	assert_false(bi.cmdline_is_cut || bi.modules[0].cmdline_is_cut);
}

static void test_mb1_framebuffer(void **state)
{
	static const uint8_t color[] = {24, 1, 16, 8, 8, 8, 0, 8};
	uint64_t base = 0xFD000000ull;

	(void)state;
	mb1_build();
	set32(MB1_INFO, MB1_FLAGS | 1u << 12);
	memcpy(block + MB1_INFO + 88, &base, sizeof(base));
	set32(MB1_INFO + 96, 3072);
	set32(MB1_INFO + 100, 1024);
	set32(MB1_INFO + 104, 768);
	memcpy(block + MB1_INFO + 108, color, sizeof(color));
	assert_int_equal(mb1_parse(used), 0);
	assert_true(bi.has_framebuffer && bi.framebuffer.base == base);
	assert_int_equal(bi.framebuffer.pitch, 3072);
	assert_int_equal(bi.framebuffer.height, 768);
	assert_int_equal(bi.framebuffer.bpp, 24);
	assert_int_equal(bi.framebuffer.red_shift, 16);
	assert_int_equal(bi.framebuffer.blue_bits, 8);
}

static void test_mb1_each_end_of_memory(void **state)
{
	(void)state;
	mb1_build();
	for (uint32_t limit = 0; limit < used; limit++)
		assert_int_equal(mb1_parse(limit), -EINVAL);
}

/* The block itself may end anywhere: what of it cannot be read counts as missing, or as an error.
 */
static void test_mb1_each_end_of_the_block(void **state)
{
	static const struct {
		uint32_t needs;
		const char *why;
	} parts[] = {{4, "information cannot be read"},
		     {12, "information cannot be read"},
		     {28, "information cannot be read"}};

	(void)state;
	mb1_build();
	set32(MB1_INFO, 1u | 1u << 3 | 1u << 12);
	set32(MB1_MODS, 0);
	for (uint32_t bytes = 0; bytes < 140; bytes++) {
		int err = mb1_parse(MB1_INFO + bytes);
		unsigned i = 0;

		while (i < ARRAY_SIZE(parts) && bytes >= parts[i].needs)
			i++;
		assert_int_equal(err, i < ARRAY_SIZE(parts) ? -EINVAL : 0);
		if (err)
			assert_non_null(strstr(why, parts[i].why));
		assert_int_equal(bi.has_framebuffer, bytes >= 116);
		assert_int_equal(bi.mem_count, bytes >= 12 ? 2 : 0);
	}
}

static void test_mb1_long_strings(void **state)
{
	(void)state;
	mb1_build();
	memset(block + used, 'x', sizeof(block) - used);
	set32(MB1_CMDLINE, used);
	set32(MB1_LOADER, used);
	set32(512 + 8, used);
	assert_int_equal(mb1_parse(BLOCK_MAX), 0);
	assert_int_equal(strlen(bi.cmdline), sizeof(bi.cmdline) - 1);
	assert_int_equal(strlen(bi.loader), sizeof(bi.loader) - 1);
	assert_int_equal(strlen(bi.modules[0].cmdline), sizeof(bi.modules[0].cmdline) - 1);
	assert_true(bi.cmdline_is_cut && bi.modules[0].cmdline_is_cut);
	/* one that just fits */
	block[used + sizeof(bi.cmdline) - 1] = '\0';
	assert_int_equal(mb1_parse(BLOCK_MAX), 0);
	assert_int_equal(strlen(bi.cmdline), sizeof(bi.cmdline) - 1);
	assert_false(bi.cmdline_is_cut);
}

/* Modules that end before they begin: they take no place, but there is an end to looking. */
static void test_mb1_many_bad_modules(void **state)
{
	(void)state;
	mb1_build();
	used = ALIGN_UP(used, 16u);
	set32(MB1_MODS, 1000);
	set32(MB1_MODS + 4, used);
	for (unsigned i = 0; i < 2 * BOOT_MAX_MODULES + 1; i++)
		set32(used + i * 16, 1);
	assert_int_equal(mb1_parse(BLOCK_MAX), 0);
	assert_int_equal(bi.module_count, 0);
	assert_int_equal(bi.bad_modules, 2 * BOOT_MAX_MODULES);
	assert_int_equal(bi.dropped_modules, 1000 - 2 * BOOT_MAX_MODULES);
}

static void test_mb1_mutations(void **state)
{
	static uint8_t good[BLOCK_MAX];

	(void)state;
	mb1_build();
	memcpy(good, block, sizeof(good));
	for (unsigned round = 0; round < 5000; round++) {
		unsigned changes = 1 + next_random() % 4;

		memcpy(block, good, sizeof(good));
		while (changes--)
			block[next_random() % used] = (uint8_t)next_random();
		if (mb1_parse(used) == 0)
			boot_info_tidy(&bi);
	}
}

static void test_mb1_hostile_tables(void **state)
{
	(void)state;
	mb1_build();
	set32(MB1_MODS, 0xFFFFFFFF);
	assert_int_equal(mb1_parse(used), -EINVAL);
	mb1_build();
	set32(MB1_MODS, 0xFFFFFFFF);
	assert_int_equal(mb1_parse(BLOCK_MAX), 0); /* zeroes behind: empty modules */
	assert_int_equal(bi.module_count, BOOT_MAX_MODULES);
	assert_int_equal(bi.dropped_modules, 0xFFFFFFFF - BOOT_MAX_MODULES - bi.bad_modules);
	mb1_build();
	set32(MB1_MODS + 4, 0xFFFFFFF8);
	assert_int_equal(mb1_parse(used), -EINVAL);
	mb1_build();
	set32(512, 0x200001);
	assert_int_equal(mb1_parse(used), 0);
	assert_int_equal(bi.bad_modules, 1);
	mb1_build();
	set32(MB1_MAP, 0xFFFFFFFF);
	assert_int_equal(mb1_parse(used), -EINVAL);
	mb1_build();
	set32(MB1_CMDLINE, 0xFFFFFFFF);
	assert_int_equal(mb1_parse(used), 0);
	assert_string_equal(bi.cmdline, "");
	assert_true(bi.cmdline_is_cut);
}

static void test_mb1_map_entry_sizes(void **state)
{
	static const uint32_t too_small[] = {0, 4, 19};
	uint32_t map;

	(void)state;
	mb1_build();
	memcpy(&map, block + MB1_MAP + 4, sizeof(map));
	for (size_t i = 0; i < ARRAY_SIZE(too_small); i++) {
		set32(map, too_small[i]);
		assert_int_equal(mb1_parse(used), -EINVAL);
	}
	set32(map, 0xFFFFFFFF);
	assert_int_equal(mb1_parse(used), 0);
	assert_int_equal(bi.mem_count, 1);
}

static void test_mb1_without_map(void **state)
{
	(void)state;
	mb1_build();
	set32(MB1_INFO, 1);
	assert_int_equal(mb1_parse(used), 0);
	assert_int_equal(bi.mem_count, 2);
	assert_int_equal(bi.module_count, 0);
	set32(MB1_INFO, 0);
	assert_int_equal(mb1_parse(used), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mb1_full),
		cmocka_unit_test(test_mb1_framebuffer),
		cmocka_unit_test(test_mb1_each_end_of_memory),
		cmocka_unit_test(test_mb1_each_end_of_the_block),
		cmocka_unit_test(test_mb1_long_strings),
		cmocka_unit_test(test_mb1_many_bad_modules),
		cmocka_unit_test(test_mb1_mutations),
		cmocka_unit_test(test_mb1_hostile_tables),
		cmocka_unit_test(test_mb1_map_entry_sizes),
		cmocka_unit_test(test_mb1_without_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
