/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves boot_info_tidy() on memory maps of the kinds that PCs have, as Linux prints them. */
/* unit-sources: boot/memmap.c */
#include "boot/memmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define MAX_ENTRIES 160

/*
 * Written down after kernel logs of such machines: addresses may be off, the oddities are not.
 * Old kernels print "base - end (type)", newer ones "[mem base-last] type".
 */
static const struct {
	const char *name;
	unsigned usable_mib; /* below 4 GiB, rounded down; what a person would count */
	const char *lines;
} maps[] = {
	{"Pentium II, 64 MiB, Award BIOS: 640 KiB without an EBDA", 63,
	 "0000000000000000 - 00000000000a0000 (usable)\n"
	 "00000000000f0000 - 0000000000100000 (reserved)\n"
	 "0000000000100000 - 0000000004000000 (usable)\n"
	 "00000000ffff0000 - 0000000100000000 (reserved)\n"},
	{"ISA memory hole at 15 MiB", 62,
	 "0000000000000000 - 000000000009fc00 (usable)\n"
	 "000000000009fc00 - 00000000000a0000 (reserved)\n"
	 "00000000000e0000 - 0000000000100000 (reserved)\n"
	 "0000000000100000 - 0000000000f00000 (usable)\n"
	 "0000000000f00000 - 0000000001000000 (reserved)\n"
	 "0000000001000000 - 0000000004000000 (usable)\n"
	 "00000000fffe0000 - 0000000100000000 (reserved)\n"},
	{"ThinkPad T42: ends in ACPI data, NVS and stolen memory", 1022,
	 "0000000000000000 - 000000000009f000 (usable)\n"
	 "000000000009f000 - 00000000000a0000 (reserved)\n"
	 "00000000000d2000 - 00000000000d4000 (reserved)\n"
	 "00000000000dc000 - 0000000000100000 (reserved)\n"
	 "0000000000100000 - 000000003fef0000 (usable)\n"
	 "000000003fef0000 - 000000003fef8000 (ACPI data)\n"
	 "000000003fef8000 - 000000003fefa000 (ACPI NVS)\n"
	 "000000003ff00000 - 0000000040000000 (reserved)\n"
	 "00000000ff800000 - 00000000ffc00000 (reserved)\n"
	 "00000000fffffc00 - 0000000100000000 (reserved)\n"},
	{"4 GiB behind an Intel 945: remapped above 4 GiB", 3070,
	 "[mem 0x0000000000000000-0x000000000009ebff] usable\n"
	 "[mem 0x000000000009ec00-0x000000000009ffff] reserved\n"
	 "[mem 0x00000000000e0000-0x00000000000fffff] reserved\n"
	 "[mem 0x0000000000100000-0x00000000bfedffff] usable\n"
	 "[mem 0x00000000bfee0000-0x00000000bfee2fff] ACPI NVS\n"
	 "[mem 0x00000000bfee3000-0x00000000bfeeffff] ACPI data\n"
	 "[mem 0x00000000bfef0000-0x00000000bfefffff] reserved\n"
	 "[mem 0x00000000f0000000-0x00000000f3ffffff] reserved\n"
	 "[mem 0x00000000fec00000-0x00000000ffffffff] reserved\n"
	 "[mem 0x0000000100000000-0x000000012fffffff] usable\n"},
	{"Sandy Bridge: holes at 512 and 1024 MiB, NVS between usable pieces", 2985,
	 "[mem 0x0000000000000000-0x000000000009d7ff] usable\n"
	 "[mem 0x000000000009d800-0x000000000009ffff] reserved\n"
	 "[mem 0x00000000000e0000-0x00000000000fffff] reserved\n"
	 "[mem 0x0000000000100000-0x000000001fffffff] usable\n"
	 "[mem 0x0000000020000000-0x00000000201fffff] reserved\n"
	 "[mem 0x0000000020200000-0x000000003fffffff] usable\n"
	 "[mem 0x0000000040000000-0x00000000401fffff] reserved\n"
	 "[mem 0x0000000040200000-0x00000000bac97fff] usable\n"
	 "[mem 0x00000000bac98000-0x00000000bacdffff] ACPI NVS\n"
	 "[mem 0x00000000bace0000-0x00000000bace7fff] ACPI data\n"
	 "[mem 0x00000000bace8000-0x00000000bacf0fff] ACPI NVS\n"
	 "[mem 0x00000000bacf1000-0x00000000bad15fff] reserved\n"
	 "[mem 0x00000000bad16000-0x00000000bad58fff] ACPI NVS\n"
	 "[mem 0x00000000bad59000-0x00000000baefffff] usable\n"
	 "[mem 0x00000000bb800000-0x00000000bf9fffff] reserved\n"
	 "[mem 0x00000000fed1c000-0x00000000fed1ffff] reserved\n"
	 "[mem 0x00000000ff000000-0x00000000ffffffff] reserved\n"
	 "[mem 0x0000000100000000-0x000000023fdfffff] usable\n"},
	{"Atom N270 netbook, AMI: unaligned ends", 1014,
	 "0000000000000000 - 000000000009fc00 (usable)\n"
	 "000000000009fc00 - 00000000000a0000 (reserved)\n"
	 "00000000000e4000 - 0000000000100000 (reserved)\n"
	 "0000000000100000 - 000000003f680000 (usable)\n"
	 "000000003f680000 - 000000003f68e000 (ACPI data)\n"
	 "000000003f68e000 - 000000003f6d0000 (ACPI NVS)\n"
	 "000000003f6d0000 - 000000003f700000 (reserved)\n"
	 "00000000fee00000 - 00000000fee01000 (reserved)\n"
	 "00000000fff00000 - 0000000100000000 (reserved)\n"},
	{"AMD K8, nForce: usable up to a byte, empty and repeated entries", 2047,
	 "0000000000000000 - 000000000009f000 (usable)\n"
	 "0000000000000000 - 0000000000000000 (reserved)\n"
	 "000000000009f000 - 00000000000a0000 (reserved)\n"
	 "00000000000f0000 - 0000000000100000 (reserved)\n"
	 "0000000000100000 - 000000007fff0001 (usable)\n"
	 "000000007fff0000 - 000000007fff3000 (ACPI NVS)\n"
	 "000000007fff3000 - 0000000080000000 (ACPI data)\n"
	 "000000007fff3000 - 0000000080000000 (ACPI data)\n"
	 "00000000fec00000 - 0000000100000000 (reserved)\n"},
	{"MacBook by its BIOS emulation: unsorted, overlapping", 1006,
	 "00000000ffe00000 - 0000000100000000 (reserved)\n"
	 "0000000000100000 - 000000003ef00000 (usable)\n"
	 "0000000000000000 - 000000000009fc00 (usable)\n"
	 "000000003eebe000 - 000000003eef0000 (ACPI data)\n"
	 "000000003eef0000 - 000000003ef00000 (ACPI NVS)\n"
	 "000000003ec00000 - 000000003ec10000 (reserved)\n"
	 "00000000000e0000 - 0000000000100000 (reserved)\n"
	 "00000000f0000000 - 00000000f4000000 (reserved)\n"
	 "000000000009fc00 - 0000000000100000 (reserved)\n"},
	{"Server with a reserved range over everything above its RAM", 2046,
	 "[mem 0x0000000000000000-0x000000000009f7ff] usable\n"
	 "[mem 0x0000000000100000-0x000000007ff5ffff] usable\n"
	 "[mem 0x000000007ff60000-0x000000007ff71fff] ACPI data\n"
	 "[mem 0x000000007ff72000-0x000000007ff7ffff] ACPI NVS\n"
	 "[mem 0x000000007ff80000-0x000000007fffffff] reserved\n"
	 "[mem 0x0000000080000000-0x00000000ffffffff] reserved\n"},
	{"RAM with a bad place, and types nobody knows", 254,
	 "[mem 0x0000000000000000-0x000000000009ffff] usable\n"
	 "[mem 0x0000000000100000-0x0000000007ffffff] usable\n"
	 "[mem 0x0000000003a15000-0x0000000003a15fff] unusable\n"
	 "[mem 0x0000000008000000-0x000000000fefffff] usable\n"
	 "[mem 0x000000000ff00000-0x000000000fffffff] type 20\n"
	 "[mem 0x0000000200000000-0x00000002ffffffff] persistent (type 7)\n"},
	{"virtual machine, all of 1 MiB to 1 GiB usable, ROM said twice with other ends", 1023,
	 "[mem 0x0000000000000000-0x000000000009fbff] usable\n"
	 "[mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
	 "[mem 0x00000000000f0000-0x00000000000fffff] reserved\n"
	 "[mem 0x00000000000e0000-0x00000000000f7fff] reserved\n"
	 "[mem 0x0000000000100000-0x000000003fffcfff] usable\n"
	 "[mem 0x000000003fffd000-0x000000003fffffff] reserved\n"
	 "[mem 0x00000000feffc000-0x00000000feffffff] reserved\n"
	 "[mem 0x00000000fffc0000-0x00000000ffffffff] reserved\n"},
};

static struct {
	uint64_t base, end;
	uint32_t type;
} raw[MAX_ENTRIES];
static unsigned raw_count;
static struct boot_info bi;

static void add(uint64_t base, uint64_t end, uint32_t type)
{
	assert_true(raw_count < MAX_ENTRIES);
	raw[raw_count].base = base;
	raw[raw_count].end = end;
	raw[raw_count++].type = type;
	boot_info_add_mem(&bi, base, end - base, type);
}

static void begin(void)
{
	memset(&bi, 0, sizeof(bi));
	raw_count = 0;
}

static void read_map(const char *lines)
{
	for (; *lines; lines = strchr(lines, '\n') + 1) {
		unsigned long long base, end;
		const char *word = strchr(lines, ' ');
		bool is_new = lines[0] == '[';
		int n;

		n = is_new ? sscanf(lines, "[mem %llx-%llx]", &base, &end)
			   : sscanf(lines, "%llx - %llx", &base, &end);
		assert_int_equal(n, 2);
		assert_non_null(word);
		word = strpbrk(lines, is_new ? "]" : "(");
		word += is_new ? 2 : 1;
		add(base, end + is_new, strncmp(word, "usable", 6) == 0 ? 1 : 2);
	}
}

static bool is_reserved(uint64_t page)
{
	for (unsigned i = 0; i < raw_count; i++)
		if (raw[i].type != 1 && raw[i].base < page + PAGE_SIZE && raw[i].end > page &&
		    raw[i].end > raw[i].base)
			return true;
	return false;
}

/* From byte to byte, as far as usable ranges lead. */
static bool is_usable(uint64_t page)
{
	uint64_t at = page, before;

	do {
		before = at;
		for (unsigned i = 0; i < raw_count; i++)
			if (raw[i].type == 1 && raw[i].base <= at && raw[i].end > at)
				at = raw[i].end;
	} while (at != before);
	return at >= page + PAGE_SIZE;
}

static uint32_t tidy_type(uint64_t page)
{
	for (unsigned i = 0; i < bi.mem_count; i++)
		if (page >= bi.mem[i].base && page - bi.mem[i].base < bi.mem[i].bytes)
			return bi.mem[i].type;
	return 0;
}

/* Around each place where something begins or ends. */
static void check_pages(void)
{
	for (unsigned i = 0; i < 2 * raw_count; i++)
		for (int step = -2; step <= 2; step++) {
			uint64_t edge = i % 2 ? raw[i / 2].end : raw[i / 2].base;
			uint64_t page = (edge & ~(uint64_t)(PAGE_SIZE - 1)) +
					(uint64_t)((int64_t)step * (int64_t)PAGE_SIZE);

			if (page > BOOT_PHYS_END)
				continue;
			assert_int_equal(tidy_type(page), is_reserved(page) ? BOOT_MEM_RESERVED
							  : is_usable(page) ? BOOT_MEM_USABLE
									    : 0);
		}
	for (unsigned i = 1; i < bi.mem_count; i++)
		assert_true(bi.mem[i - 1].base + bi.mem[i - 1].bytes <= bi.mem[i].base);
	assert_false(bi.mem_is_partial);
}

static uint64_t usable_below(uint64_t limit)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < bi.mem_count; i++)
		if (bi.mem[i].type == BOOT_MEM_USABLE && bi.mem[i].base < limit)
			bytes += MIN(bi.mem[i].bytes, limit - bi.mem[i].base);
	return bytes;
}

static void test_maps_of_real_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		begin();
		read_map(maps[i].lines);
		boot_info_tidy(&bi);
		check_pages();
		assert_int_equal(usable_below(GIB(4)) >> 20, maps[i].usable_mib);
	}
}

/* Firmware for EFI hands out its pools piece by piece, and GRUB passes each on. */
static void test_efi_map_of_a_hundred_entries(void **state)
{
	static const uint8_t types[] = {1, 1, 2, 1, 4, 1, 3, 1, 1, 2};
	uint64_t at = MIB(1);

	(void)state;
	begin();
	add(0, 0x1000, 2);
	add(0x1000, 0x58000, 1);
	add(0x58000, 0x59000, 2);
	add(0x59000, 0xA0000, 1);
	for (unsigned i = 0; i < 110; i++) {
		uint64_t bytes = PAGE_SIZE * (1 + i * i * 7 % 1200);

		add(at, at + bytes, types[i % sizeof(types)]);
		at += bytes;
	}
	add(at, MIB(900), 1);
	add(0xE0000000, 0xF0000000, 2);
	add(GIB(4), 0x21E000000, 1);
	boot_info_tidy(&bi);
	check_pages();
	assert_true(bi.mem_count > 60);
}

/* AMI BIOSes of some boards gave lengths as last addresses: ranges overlap all behind them. */
static void test_lengths_that_are_ends(void **state)
{
	(void)state;
	begin();
	add(0, 0x9FC00, 1);
	add(0x9FC00, 0x9FC00 + 0xA0000, 2);
	add(MIB(1), MIB(1) + 0x1FFB0000, 1);
	add(0x1FFB0000, 0x1FFB0000 + 0x1FFC0000, 3);
	add(0x1FFC0000, 0x1FFC0000 + 0x1FFF0000, 4);
	add(0xFFF80000, 0x1FFF80000, 2);
	boot_info_tidy(&bi);
	check_pages();
	assert_int_equal(tidy_type(MIB(1)), BOOT_MEM_RESERVED); /* on the safe side */
	assert_true(usable_below(GIB(4)) > MIB(500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_of_real_machines),
		cmocka_unit_test(test_efi_map_of_a_hundred_entries),
		cmocka_unit_test(test_lengths_that_are_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
