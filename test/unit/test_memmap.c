/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves boot_info_tidy() against a model which looks at each KiB by itself. */
/* unit-sources: boot/memmap.c */
#include "boot/memmap.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/unit.h"

#define CELL_BYTES     1024u
#define CELLS_PER_PAGE 4u
#define MODEL_PAGES    64u
#define MODEL_CELLS    (MODEL_PAGES * CELLS_PER_PAGE)

static struct boot_info bi;
static uint8_t cell_type[MODEL_CELLS];

static struct unit_random random_source = {12345};

static uint32_t next_random(void)
{
	return (uint32_t)(unit_random(&random_source) >> 32);
}

static void model_reset(void)
{
	memset(&bi, 0, sizeof(bi));
	memset(cell_type, 0, sizeof(cell_type));
}

static void model_add(uint64_t origin, unsigned first, unsigned count, uint32_t type)
{
	uint8_t kind = type == 1 ? BOOT_MEM_USABLE : BOOT_MEM_RESERVED;

	boot_info_add_mem(&bi, origin + (uint64_t)first * CELL_BYTES, (uint64_t)count * CELL_BYTES,
			  type);
	for (unsigned i = first; i < first + count; i++)
		cell_type[i] = MAX(cell_type[i], kind);
}

static uint32_t model_page(unsigned page)
{
	const uint8_t *c = &cell_type[page * CELLS_PER_PAGE];
	unsigned usable = 0;

	for (unsigned i = 0; i < CELLS_PER_PAGE; i++) {
		if (c[i] == BOOT_MEM_RESERVED)
			return BOOT_MEM_RESERVED;
		usable += c[i] == BOOT_MEM_USABLE;
	}
	return usable == CELLS_PER_PAGE ? BOOT_MEM_USABLE : 0;
}

static uint32_t tidy_page(uint64_t addr)
{
	for (unsigned i = 0; i < bi.mem_count; i++)
		if (addr >= bi.mem[i].base && addr - bi.mem[i].base < bi.mem[i].bytes)
			return bi.mem[i].type;
	return 0;
}

static void assert_tidy_form(void)
{
	assert_true(bi.mem_count <= BOOT_MAX_MEM);
	for (unsigned i = 0; i < bi.mem_count; i++) {
		const struct boot_mem *m = &bi.mem[i];

		assert_int_equal(m->base % PAGE_SIZE, 0);
		assert_int_equal(m->bytes % PAGE_SIZE, 0);
		assert_true(m->bytes > 0);
		assert_true(m->type == BOOT_MEM_USABLE || m->type == BOOT_MEM_RESERVED);
		assert_true(m->base + m->bytes <= BOOT_PHYS_END);
		if (i == 0)
			continue;
		assert_true(m[-1].base + m[-1].bytes <= m->base);
		assert_false(m[-1].base + m[-1].bytes == m->base && m[-1].type == m->type);
	}
}

static void assert_matches_model(uint64_t origin)
{
	assert_tidy_form();
	for (unsigned p = 0; p < MODEL_PAGES; p++)
		assert_int_equal(tidy_page(origin + (uint64_t)p * PAGE_SIZE), model_page(p));
}

static void assert_idempotent(void)
{
	static struct boot_info once;

	once = bi;
	boot_info_tidy(&bi);
	assert_memory_equal(&once, &bi, sizeof(bi));
}

static void test_random_maps_match_model(void **state)
{
	static const uint64_t origins[] = {0, 0xFFFE0000ull, 0x100000000ull};

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		uint64_t origin = origins[round % ARRAY_SIZE(origins)];
		unsigned ranges = next_random() % 24;

		model_reset();
		for (unsigned i = 0; i < ranges; i++) {
			unsigned first = next_random() % MODEL_CELLS;
			unsigned length = next_random() % 80 + 1;
			unsigned room = MIN(MODEL_CELLS - first, length);

			model_add(origin, first, next_random() % (room + 1), next_random() % 3);
		}
		boot_info_tidy(&bi);
		assert_matches_model(origin);
		assert_false(bi.mem_is_partial);
		assert_idempotent();
	}
}

/* Too many ranges: what the tidy list calls usable must be so in the model. */
static void assert_conservative(uint64_t origin, unsigned pages, const uint8_t *page_type)
{
	assert_tidy_form();
	for (unsigned p = 0; p < pages; p++) {
		uint32_t type = tidy_page(origin + (uint64_t)p * PAGE_SIZE);

		if (type == BOOT_MEM_USABLE)
			assert_int_equal(page_type[p], BOOT_MEM_USABLE);
	}
}

static void test_full_table_is_conservative(void **state)
{
	static uint8_t page_type[2048];

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		unsigned ranges = 100 + next_random() % 400;

		model_reset();
		memset(page_type, 0, sizeof(page_type));
		for (unsigned i = 0; i < ranges; i++) {
			unsigned first = next_random() % ARRAY_SIZE(page_type);
			unsigned room = (unsigned)ARRAY_SIZE(page_type) - first;
			unsigned length = next_random() % 6 + 1;
			unsigned count = MIN(room, length);
			uint8_t type = next_random() % 3 ? BOOT_MEM_USABLE : BOOT_MEM_RESERVED;

			boot_info_add_mem(&bi, (uint64_t)first << 12, (uint64_t)count << 12, type);
			for (unsigned p = first; p < first + count; p++)
				page_type[p] = MAX(page_type[p], type);
		}
		boot_info_tidy(&bi);
		assert_conservative(0, ARRAY_SIZE(page_type), page_type);
		assert_idempotent();
	}
}

/* The raw table holds 128 ranges, but holes in usable memory make 255 of them. */
static void test_holes_overflow_the_result(void **state)
{
	(void)state;
	model_reset();
	boot_info_add_mem(&bi, 0, MIB(64), BOOT_MEM_USABLE);
	for (unsigned i = 1; i < BOOT_MAX_MEM; i++)
		boot_info_add_mem(&bi, i * 0x10000u, PAGE_SIZE, BOOT_MEM_RESERVED);
	boot_info_tidy(&bi);
	assert_tidy_form();
	assert_true(bi.mem_is_partial);
	for (unsigned i = 1; i < BOOT_MAX_MEM; i++)
		assert_int_equal(tidy_page(i * 0x10000u), BOOT_MEM_RESERVED);
	assert_int_equal(tidy_page(MIB(63)), BOOT_MEM_USABLE);
}

static void test_late_reserved_range_in_full_table_counts(void **state)
{
	(void)state;
	model_reset();
	for (unsigned i = 0; i < BOOT_MAX_MEM; i++)
		boot_info_add_mem(&bi, MIB(1) + i * 0x20000u, 0x10000, BOOT_MEM_USABLE);
	boot_info_add_mem(&bi, MIB(1) + 0x20000u * 100 + 0x4000, 1, 7);
	boot_info_tidy(&bi);
	assert_tidy_form();
	assert_true(bi.mem_is_partial);
	assert_int_equal(tidy_page(MIB(1) + 0x20000u * 100 + 0x4000), BOOT_MEM_RESERVED);
}

static void test_overflowing_ranges(void **state)
{
	(void)state;
	model_reset();
	boot_info_add_mem(&bi, 0x1000, 0, BOOT_MEM_RESERVED);
	boot_info_add_mem(&bi, 0x100000, UINT64_MAX, BOOT_MEM_USABLE);
	boot_info_add_mem(&bi, UINT64_MAX, 1, BOOT_MEM_USABLE);
	boot_info_tidy(&bi);
	assert_int_equal(bi.mem_count, 0);

	model_reset();
	boot_info_add_mem(&bi, 0x100000, 0x200000, BOOT_MEM_USABLE);
	boot_info_add_mem(&bi, 0x200000, UINT64_MAX - 0x1000, BOOT_MEM_RESERVED);
	boot_info_tidy(&bi);
	assert_tidy_form();
	assert_int_equal(bi.mem_count, 2);
	assert_true(boot_info_usable_bytes(&bi) == 0x100000);
	assert_true(bi.mem[1].base + bi.mem[1].bytes == BOOT_PHYS_END);
}

static void test_partial_pages_join_before_rounding(void **state)
{
	(void)state;
	model_reset();
	boot_info_add_mem(&bi, 0x800, 0x800, BOOT_MEM_USABLE);
	boot_info_add_mem(&bi, 0x0, 0x800, BOOT_MEM_USABLE);
	boot_info_tidy(&bi);
	assert_int_equal(bi.mem_count, 1);
	assert_true(bi.mem[0].base == 0 && bi.mem[0].bytes == PAGE_SIZE);
}

static void test_basic_memory(void **state)
{
	(void)state;
	model_reset();
	boot_info_add_basic_mem(&bi, 4096, 0xFFFFFFFF);
	boot_info_tidy(&bi);
	assert_int_equal(bi.mem_count, 2);
	assert_true(bi.mem[0].bytes == 640 * 1024);
	assert_true(bi.mem[1].base == MIB(1));
	assert_true(bi.mem[1].bytes == (0xFFFFFFFCull << 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_maps_match_model),
		cmocka_unit_test(test_full_table_is_conservative),
		cmocka_unit_test(test_holes_overflow_the_result),
		cmocka_unit_test(test_late_reserved_range_in_full_table_counts),
		cmocka_unit_test(test_overflowing_ranges),
		cmocka_unit_test(test_partial_pages_join_before_rounding),
		cmocka_unit_test(test_basic_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
