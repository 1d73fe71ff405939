/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/image.c and core/boot_params.c: other files, the initrd, the boot parameters. */
/* unit-sources: core/image.c core/image_elf.c core/image_bzimage.c core/boot_params.c */
#include "core/errno.h"
#include "test/unit/image_fixture.h"

static void other_files_are_named(void **state)
{
	static const struct {
		const char *magic;
		unsigned bytes;
		const char *part;
	} cases[] = {
		{"\x1f\x8b\x08\0", 4, "is gzip-compressed; unpack it with gunzip"},
		{"BZh9", 4, "is bzip2-compressed"},
		{"\xfd"
		 "7zXZ\0",
		 6, "is xz-compressed"},
		{"\x28\xb5\x2f\xfd", 4, "is zstd-compressed"},
		{"070701", 6, "is a cpio archive"},
		{"#!/bin/sh", 9, "is a script"},
		{"MZ\x90\x01", 4, "begins with 4d 5a 90 01, which is no known format"},
		{"abc", 3, "has 3 bytes"},
		{"", 0, "has 0 bytes"},
		{"\x7f"
		 "ELF",
		 4, "the ELF kernel has 4 bytes and its header alone 52"},
	};
	struct blob b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(b.data, cases[i].magic, cases[i].bytes);
		b.bytes = cases[i].bytes;
		expect_refused(&b, cases[i].part);
	}
}

static void the_initrd_goes_to_the_top(void **state)
{
	const struct image_ram ram = {NULL, RAM_BYTES};

	assert_int_equal(image_initrd_start(&ram, 0), RAM_BYTES);
	assert_int_equal(image_initrd_start(&ram, 1), RAM_BYTES - 0x1000);
	assert_int_equal(image_initrd_start(&ram, 0x1000), RAM_BYTES - 0x1000);
	assert_int_equal(image_initrd_start(&ram, 0x1001), RAM_BYTES - 0x2000);
	assert_int_equal(image_initrd_start(&ram, RAM_BYTES - 0x2000), 0x2000);
	assert_int_equal(image_initrd_start(&ram, RAM_BYTES - 0x1FFF), 0);
	assert_int_equal(image_initrd_start(&ram, 0xFFFFFFFF), 0);
}

static uint32_t word_at(const struct image_ram *ram, uint32_t gpa)
{
	uint32_t word;

	memcpy(&word, ram->base + gpa, 4);
	return word;
}

/* Offsets written out again, from Documentation/x86/boot.txt and zero-page.txt. */
static void boot_params_are_where_linux_looks(void **state)
{
	const struct image_ram ram = {calloc(1, 0x8000), 0x8000};

	memset(ram.base, 0x5A, 0x1000);
	assert_int_equal(
		image_write_boot_params(&ram, "console=hvc0 a", 0x6000, 0x1001, err, sizeof(err)),
		0);
	assert_int_equal(ram.base[0x1E8], 1);
	assert_int_equal(ram.base[0x1EF], 0); /* sentinel */
	assert_int_equal(ram.base[0x1FE], 0x55);
	assert_int_equal(ram.base[0x1FF], 0xAA);
	assert_memory_equal(ram.base + 0x202, "HdrS\x07\x02", 6);
	assert_int_equal(ram.base[0x210], 0xFF);
	assert_int_equal(ram.base[0x211], 0x40);
	assert_int_equal(word_at(&ram, 0x218), 0x6000);
	assert_int_equal(word_at(&ram, 0x21C), 0x2000);
	assert_int_equal(word_at(&ram, 0x228), 0x1000);
	assert_int_equal(word_at(&ram, 0x230), 0x1000000);
	assert_int_equal(word_at(&ram, 0x23C), 1);
	assert_int_equal(word_at(&ram, 0x2D0), 0);
	assert_int_equal(word_at(&ram, 0x2D4), 0);
	assert_int_equal(word_at(&ram, 0x2D8), 0x8000);
	assert_int_equal(word_at(&ram, 0x2DC), 0);
	assert_int_equal(word_at(&ram, 0x2E0), 1);
	assert_string_equal((char *)ram.base + 0x1000, "console=hvc0 a");
	free(ram.base);
}

static void boot_params_without_initrd_name_none(void **state)
{
	const struct image_ram ram = {calloc(1, 0x2000), 0x2000};

	assert_int_equal(image_write_boot_params(&ram, "", 0x2000, 0, err, sizeof(err)), 0);
	assert_int_equal(word_at(&ram, 0x218), 0);
	assert_int_equal(word_at(&ram, 0x21C), 0);
	free(ram.base);
}

static void boot_params_that_do_not_fit_are_refused(void **state)
{
	struct image_ram ram = {calloc(1, 0x4000), 0x1FFF};
	char cmdline[0x1001];

	assert_int_equal(image_write_boot_params(&ram, "", 0, 0, err, sizeof(err)), -ENOSPC);
	ram.bytes = 0x4000;
	assert_int_equal(image_write_boot_params(&ram, "", 0x3000, 0x1001, err, sizeof(err)),
			 -ENOSPC);
	assert_int_equal(
		image_write_boot_params(&ram, "", 0xFFFFF000, 0xFFFFF001, err, sizeof(err)),
		-ENOSPC);
	assert_int_equal(image_write_boot_params(&ram, "", 0x1000, 1, err, sizeof(err)), -ENOSPC);
	memset(cmdline, 'c', 0x1000);
	cmdline[0x1000] = 0;
	assert_int_equal(image_write_boot_params(&ram, cmdline, 0, 0, err, sizeof(err)), -E2BIG);
	cmdline[0xFFF] = 0;
	assert_int_equal(image_write_boot_params(&ram, cmdline, 0, 0, err, sizeof(err)), 0);
	assert_int_equal(ram.base[0x2000], 0);
	free(ram.base);
}

static void a_plan_has_an_end(void **state)
{
	struct image_plan plan = {.count = 0};
	unsigned n = 0;

	while (n < 2 * IMAGE_MAX_COPIES && image_plan_add(&plan, "x", n, 1))
		n++;
	assert_int_equal(n, IMAGE_MAX_COPIES);
	assert_int_equal(plan.count, IMAGE_MAX_COPIES);
}

/* A budget may end anywhere, also where a part does. */
static void a_plan_goes_on_where_it_stopped(void **state)
{
	for (uint32_t budget = 1; budget < 12; budget++) {
		struct image_plan plan = {.count = 0};
		uint8_t memory[16] = {0};
		struct image_ram ram = {memory, sizeof(memory)};
		unsigned steps = 1;

		image_plan_add(&plan, "world", 8, 5);
		image_plan_add(&plan, "hello", 1, 5);
		while (!image_plan_step(&plan, &ram, budget))
			assert_true(steps++ < 20);
		assert_memory_equal(memory, "\0hello\0\0world", 13);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_files_are_named),
		cmocka_unit_test(the_initrd_goes_to_the_top),
		cmocka_unit_test(boot_params_are_where_linux_looks),
		cmocka_unit_test(boot_params_without_initrd_name_none),
		cmocka_unit_test(boot_params_that_do_not_fit_are_refused),
		cmocka_unit_test(a_plan_has_an_end),
		cmocka_unit_test(a_plan_goes_on_where_it_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
