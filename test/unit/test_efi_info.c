/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the EFI loader's information block by reading it with the hypervisor's own parser. */
/* unit-sources: boot/efi/info.c boot/multiboot2.c boot/memmap.c */
#include "boot/efi/info.h"

#include <stdlib.h>
#include <string.h>

#include "boot/memmap.h"
#include "boot/multiboot2.h"
#include "boot/multiboot2_tags.h"
#include "test/unit/unit.h"

#define STRIDE    48 /* firmware may have longer descriptors than the specification */
#define MAX_RANGE 64

static uint8_t descriptors[MAX_RANGE * STRIDE];
static struct firmware_map map;
static struct info_block block;
static struct boot_info bi;

static void add(uint32_t type, uint64_t base, uint64_t pages, uint64_t attributes)
{
	struct firmware_memory m = {
		.type = type, .base = base, .pages = pages, .attributes = attributes};

	memcpy(descriptors + map.bytes, &m, sizeof(m));
	map.bytes += STRIDE;
}

static void begin(uint32_t bytes)
{
	free(block.base);
	info_begin(&block, aligned_alloc(8, ALIGN_UP(bytes, 8)), bytes);
}

static int set_up(void **state)
{
	memset(descriptors, 0xEE, sizeof(descriptors));
	map = (struct firmware_map){.descriptors = descriptors, .stride = STRIDE};
	block.base = NULL;
	return 0;
}

static int clean_up(void **state)
{
	free(block.base);
	return 0;
}

static void parse(void)
{
	const char *why;

	assert_true(info_end(&block));
	memset(&bi, 0, sizeof(bi));
	assert_int_equal(multiboot2_parse(&bi, block.base, block.used, &why), 0);
	boot_info_tidy(&bi);
}

static void assert_range(unsigned i, uint64_t base, uint64_t end, uint32_t type)
{
	assert_true(bi.mem[i].base == base);
	assert_true(bi.mem[i].base + bi.mem[i].bytes == end);
	assert_int_equal(bi.mem[i].type, type);
}

static void test_everything(void **state)
{
	static const struct boot_framebuffer fb = {.base = 0x180000000ull,
						   .pitch = 4096,
						   .width = 1000,
						   .height = 700,
						   .bpp = 32,
						   .type = 1,
						   .red_shift = 16,
						   .red_bits = 8,
						   .green_shift = 8,
						   .green_bits = 7,
						   .blue_shift = 1,
						   .blue_bits = 6};
	uint8_t rsdp[36];

	for (unsigned i = 0; i < sizeof(rsdp); i++)
		rsdp[i] = (uint8_t)(i + 1);
	begin(4096);
	info_add_string(&block, TAG_LOADER_NAME, "a loader");
	info_add_string(&block, TAG_CMDLINE, "");
	info_add_module(&block, 0x1000, 0x2345, "guest name=x");
	info_add_module(&block, 0x3000, 0x3000, "");
	info_add_framebuffer(&block, &fb);
	info_add_copy(&block, TAG_ACPI_NEW, rsdp, 36);
	info_add_copy(&block, TAG_ACPI_OLD, rsdp + 1, 20);
	info_add_copy(&block, TAG_EFI_64, rsdp, 8);
	add(7, 0, 160, 0);
	info_add_memory_map(&block, &map);
	parse();
	assert_string_equal(bi.loader, "a loader");
	assert_string_equal(bi.cmdline, "");
	assert_int_equal(bi.module_count, 2);
	assert_int_equal(bi.modules[0].start, 0x1000);
	assert_int_equal(bi.modules[0].end, 0x2345);
	assert_string_equal(bi.modules[0].cmdline, "guest name=x");
	assert_string_equal(bi.modules[1].cmdline, "");
	assert_true(bi.has_framebuffer && bi.has_rsdp && bi.is_efi);
	assert_memory_equal(&bi.framebuffer, &fb, sizeof(fb));
	assert_memory_equal(bi.rsdp, rsdp, 36);
	assert_int_equal(bi.mem_count, 1);
}

static void test_memory_types(void **state)
{
	uint64_t page = MIB(1);

	begin(4096);
	for (uint32_t type = 0; type <= 20; type++, page += PAGE_SIZE)
		add(type, page, 1, 0);
	add(7, page, 1, 0x40000); /* for a specific purpose only */
	info_add_memory_map(&block, &map);
	parse();
	/* 1 to 4 are the loader's and boot services'; 7 is free */
	assert_int_equal(bi.mem_count, 5);
	assert_range(0, MIB(1), MIB(1) + 0x1000, BOOT_MEM_RESERVED);
	assert_range(1, MIB(1) + 0x1000, MIB(1) + 0x5000, BOOT_MEM_USABLE);
	assert_range(2, MIB(1) + 0x5000, MIB(1) + 0x7000, BOOT_MEM_RESERVED);
	assert_range(3, MIB(1) + 0x7000, MIB(1) + 0x8000, BOOT_MEM_USABLE);
	assert_range(4, MIB(1) + 0x8000, MIB(1) + 0x16000, BOOT_MEM_RESERVED);
}

/* Neighbours become one entry, in whatever order they come; beyond 4 GiB as below. */
static void test_memory_joined(void **state)
{
	begin(4096);
	add(7, GIB(4), GIB(4) >> PAGE_SHIFT, 0);
	add(2, 0, 1, 0);
	add(4, 0x1000, 1, 0);
	add(7, 0x2000, 2, 0);
	add(7, 0x5000, 1, 0);
	info_add_memory_map(&block, &map);
	/* header, tag, three entries */
	assert_int_equal(block.used, 8 + 16 + 3 * 24);
	parse();
	assert_int_equal(bi.mem_count, 3);
	assert_range(0, 0, 0x4000, BOOT_MEM_USABLE);
	assert_range(1, 0x5000, 0x6000, BOOT_MEM_USABLE);
	assert_range(2, GIB(4), GIB(8), BOOT_MEM_USABLE);
}

/* A block that is too small by any number of bytes says so, and is not written beyond. */
static void test_full(void **state)
{
	for (uint32_t bytes = 16; bytes < 200; bytes += 8) {
		static const struct boot_framebuffer fb;
		bool fits;

		map.bytes = 0;
		add(7, 0, 1, 0);
		add(0, 0x1000, 1, 0);
		begin(bytes);
		info_add_string(&block, TAG_CMDLINE, "twelve bytes"); /* 24 with its padding */
		info_add_module(&block, 1, 2, "seven b");             /* 24 */
		info_add_framebuffer(&block, &fb);                    /* 40 */
		info_add_copy(&block, TAG_ACPI_OLD, descriptors, 20); /* 32 */
		info_add_memory_map(&block, &map);                    /* 64 */
		fits = info_end(&block);                              /* 8 */
		assert_int_equal(fits, bytes >= 8 + 24 + 24 + 40 + 32 + 64 + 8);
		assert_true(block.used <= bytes);
	}
}

static void test_is_free(void **state)
{
	add(7, 0x104000, 4, 0);
	add(2, 0x100000, 2, 0);
	add(4, 0x102000, 2, 0);
	add(5, 0x108000, 1, 0);
	add(7, 0x109000, 1, 0);
	assert_true(firmware_map_is_free(&map, 0x100000, 0x8000));
	assert_true(firmware_map_is_free(&map, 0x103000, 0x2000));
	assert_true(firmware_map_is_free(&map, 0x109000, 0x1000));
	assert_false(firmware_map_is_free(&map, 0x100000, 0x9000));
	assert_false(firmware_map_is_free(&map, 0xFF000, 0x2000));
	assert_false(firmware_map_is_free(&map, 0x109000, 0x2000));
	assert_false(firmware_map_is_free(&map, 0x108000, 0x1000));
	assert_false(firmware_map_is_free(&map, 0xFFFFF000, 0x1000));
}

static void test_masks(void **state)
{
	struct boot_framebuffer fb = {0};

	assert_true(framebuffer_from_masks(&fb, 0xFF0000, 0xFF00, 0xFF, 0xFF000000));
	assert_int_equal(fb.bpp, 32);
	assert_int_equal(fb.type, 1);
	assert_int_equal(fb.red_shift, 16);
	assert_int_equal(fb.red_bits, 8);
	assert_int_equal(fb.blue_shift, 0);
	assert_true(framebuffer_from_masks(&fb, 0xF800, 0x7E0, 0x1F, 0));
	assert_int_equal(fb.bpp, 16);
	assert_int_equal(fb.green_shift, 5);
	assert_int_equal(fb.green_bits, 6);
	assert_true(framebuffer_from_masks(&fb, 0xFF000000, 0xFF0000, 0xFF00, 0));
	assert_int_equal(fb.red_shift, 24);
	assert_int_equal(fb.red_bits, 8);
	assert_false(framebuffer_from_masks(&fb, 0, 0xFF00, 0xFF, 0));
	assert_false(framebuffer_from_masks(&fb, 0xF0F000, 0xF00, 0xFF, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everything, set_up, clean_up),
		cmocka_unit_test_setup_teardown(test_memory_types, set_up, clean_up),
		cmocka_unit_test_setup_teardown(test_memory_joined, set_up, clean_up),
		cmocka_unit_test_setup_teardown(test_full, set_up, clean_up),
		cmocka_unit_test_setup_teardown(test_is_free, set_up, clean_up),
		cmocka_unit_test(test_masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
