/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the frame allocator against a naive model, and memory_init() on odd memory maps. */
/* unit-sources: core/frames.c core/memory.c */
#include "core/frames.h"

#include <stdlib.h>
#include <string.h>

#include "arch/x86/image_layout.h"
#include "core/errno.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define FRAMES 96

/* ---- the allocator ---- */

struct model {
	struct frames f;
	uint8_t *map; /* exactly FRAMES bytes, for ASan */
	uint8_t owner[FRAMES];
};

static void model_init(struct model *m)
{
	m->map = malloc(FRAMES);
	frames_init(&m->f, m->map, FRAMES);
	memset(m->owner, FRAME_ABSENT, FRAMES);
}

static void check(const struct model *m)
{
	uint32_t held[256] = {0};

	for (unsigned n = 0; n < FRAMES; n++) {
		assert_int_equal(m->map[n], m->owner[n]);
		held[m->owner[n]]++;
	}
	assert_memory_equal(held, m->f.held, sizeof(held));
}

static bool all_of(const struct model *m, uint32_t first, uint32_t count, unsigned owner)
{
	for (uint32_t n = first; n < first + count; n++)
		if (n >= FRAMES || m->owner[n] != owner)
			return false;
	return true;
}

static uint32_t model_alloc(struct model *m, uint32_t count, uint32_t align, unsigned owner)
{
	for (uint32_t n = FRAMES; count && n-- > 1;) {
		if (n % align || !all_of(m, n, count, FRAME_FREE))
			continue;
		memset(&m->owner[n], (int)owner, count);
		return n << 12;
	}
	return 0;
}

static int model_free(struct model *m, uint32_t start, uint32_t count, unsigned owner)
{
	uint32_t first = start >> 12;

	if (start & 0xFFF || first > FRAMES || count > FRAMES || !all_of(m, first, count, owner))
		return -EINVAL;
	memset(&m->owner[first], FRAME_FREE, count);
	return 0;
}

static uint32_t model_largest(const struct model *m, uint32_t align)
{
	uint32_t best = 0, run;

	for (uint32_t n = align; n < FRAMES; n += align) {
		for (run = 0; all_of(m, n, run + 1, FRAME_FREE);)
			run++;
		best = MAX(best, run);
	}
	return best;
}

/* A taker gets each page it touches, FRAME_FREE only whole pages. */
static void model_set(struct model *m, uint64_t start, uint64_t end, unsigned owner)
{
	for (uint64_t n = 0; n < FRAMES; n++) {
		uint64_t from = n << 12, to = from + 4096;

		if (owner == FRAME_FREE ? start <= from && to <= end : start < to && from < end)
			m->owner[n] = (uint8_t)owner;
	}
}

static void random_step(struct model *m, struct unit_random *r)
{
	uint32_t count = unit_random(r) % 12, align = 1u << unit_random(r) % 5;
	unsigned owner = FRAME_GUEST + unit_random(r) % 3;
	uint64_t start = unit_random(r) % ((FRAMES + 4) << 12);
	uint64_t end = start + 1 + unit_random(r) % 0x8000;

	switch (unit_random(r) % 8) {
	case 0:
		frames_set(&m->f, start, end, FRAME_FREE);
		model_set(m, start, end, FRAME_FREE);
		break;
	case 1:
		owner = unit_random(r) % 2 ? FRAME_HOST : FRAME_MODULE;
		frames_set(&m->f, start, end, owner);
		model_set(m, start, end, owner);
		break;
	case 2:
	case 3:
	case 4:
		assert_int_equal(frames_alloc(&m->f, count, align, owner),
				 model_alloc(m, count, align, owner));
		break;
	default:
		start &= unit_random(r) % 8 ? ~0xFFFull : ~0ull;
		assert_int_equal(frames_free(&m->f, (hpa_t)start, count, owner),
				 model_free(m, (uint32_t)start, count, owner));
	}
	assert_int_equal(frames_largest(&m->f, align), model_largest(m, align));
}

static void test_random_operations(void **state)
{
	struct unit_random r = {31};

	for (int round = 0; round < 20; round++) {
		struct model m;

		model_init(&m);
		frames_set(&m.f, 0x1000, FRAMES << 12, FRAME_FREE);
		model_set(&m, 0x1000, FRAMES << 12, FRAME_FREE);
		for (int step = 0; step < 1000; step++) {
			random_step(&m, &r);
			check(&m);
		}
		free(m.map);
	}
}

static void test_absurd_requests(void **state)
{
	struct model m;

	model_init(&m);
	assert_int_equal(frames_alloc(&m.f, 1, 1, FRAME_GUEST), 0); /* nothing is free */
	frames_set(&m.f, 0, FRAMES << 12, FRAME_FREE);
	assert_int_equal(frames_alloc(&m.f, 0, 1, FRAME_GUEST), 0);
	assert_int_equal(frames_alloc(&m.f, FRAMES + 1, 1, FRAME_GUEST), 0);
	assert_int_equal(frames_alloc(&m.f, UINT32_MAX, 1, FRAME_GUEST), 0);
	assert_int_equal(frames_alloc(&m.f, FRAMES, 1, FRAME_GUEST),
			 0); /* frame 0 is never given */
	assert_int_equal(frames_alloc(&m.f, FRAMES - 1, 1, FRAME_GUEST), 0x1000);
	assert_int_equal(frames_free(&m.f, 0x1000, UINT32_MAX, FRAME_GUEST), -EINVAL);
	assert_int_equal(frames_free(&m.f, 0xFFFFF000, 2, FRAME_GUEST), -EINVAL);
	assert_int_equal(frames_free(&m.f, 0x1000, FRAMES, FRAME_GUEST), -EINVAL);
	assert_int_equal(frames_free(&m.f, 0x1000, 2, FRAME_GUEST + 1), -EINVAL);
	assert_int_equal(frames_free(&m.f, 0x1001, 1, FRAME_GUEST), -EINVAL);
	assert_int_equal(m.f.held[FRAME_GUEST], FRAMES - 1);
	assert_int_equal(frames_free(&m.f, 0x1000, FRAMES - 1, FRAME_GUEST), 0);
	free(m.map);
}

/* ---- memory_init() ---- */

/*
 * memory_init() writes its map to "physical" memory that the test chooses: an
 * arena in which the "image" lies. Whatever usable memory is named elsewhere
 * lies behind it or is too small for the map.
 */
#define ARENA_BYTES MIB(6)
#define IMAGE_AT    MIB(2)
#define IMAGE_BYTES 0x12340

__asm__(".section .bss\n.balign 4096\n.globl unit_arena\nunit_arena:\n.space 0x200000\n"
	".globl __image_start\n__image_start:\n.space 0x12340\n.globl __image_end\n__image_end:\n"
	".space 0x400000 - 0x12340\n.previous\n");

extern char unit_arena[];

static struct boot_info bi;

static uint64_t arena(void)
{
	return (uintptr_t)unit_arena;
}

static void add_mem(uint64_t base, uint64_t bytes, uint32_t type)
{
	bi.mem[bi.mem_count++] = (struct boot_mem){base, bytes, type};
}

static void add_module(uint64_t start, uint64_t end)
{
	struct boot_module *m = &bi.modules[bi.module_count++];

	m->start = (hpa_t)start;
	m->end = (hpa_t)end;
}

static bool touches(uint64_t frame, uint64_t start, uint64_t end)
{
	return start < frame + PAGE_SIZE && frame < end;
}

/* What frame n may be, by the boot information alone. */
static void check_frame(uint64_t n, const uint8_t *map)
{
	uint64_t at = n << PAGE_SHIFT, map_at = (uintptr_t)map;
	unsigned owner = host_frames.owner[n];
	bool is_ram = false, is_taken = at < MIB(1);

	for (unsigned i = 0; i < bi.mem_count; i++)
		if (bi.mem[i].type == BOOT_MEM_USABLE && at >= bi.mem[i].base &&
		    at + PAGE_SIZE <= bi.mem[i].base + bi.mem[i].bytes)
			is_ram = true;
	for (unsigned i = 0; i < bi.module_count; i++)
		if (touches(at, bi.modules[i].start, bi.modules[i].end)) {
			is_taken = true;
			assert_int_equal(owner, FRAME_MODULE);
		}
	is_taken = is_taken || touches(at, image_start(), image_end()) ||
		   touches(at, map_at, map_at + host_frames.count);
	if ((owner == FRAME_FREE) != (is_ram && !is_taken))
		fail_msg("frame 0x%llx has owner %u", (unsigned long long)at, owner);
}

static void check_memory(void)
{
	const uint8_t *map;
	uint64_t map_at;
	uint32_t held[256] = {0};

	assert_int_equal(memory_init(&bi), 0);
	map = host_frames.owner;
	map_at = (uintptr_t)map;
	assert_true(host_frames.count <= MEMORY_LIMIT >> PAGE_SHIFT);
	for (unsigned i = 0; i < bi.module_count; i++)
		assert_false(map_at < bi.modules[i].end &&
			     bi.modules[i].start < map_at + host_frames.count);
	assert_false(map_at < image_end() && image_start() < map_at + host_frames.count);
	for (uint32_t n = 0; n < host_frames.count; n++) {
		held[map[n]]++;
		check_frame(n, map);
	}
	assert_memory_equal(held, host_frames.held, sizeof(held));
}

static void start(void)
{
	memset(&bi, 0, sizeof(bi));
	add_mem(0, 0x9F000, BOOT_MEM_USABLE);
	add_mem(0x9F000, 0x61000, BOOT_MEM_RESERVED);
	add_mem(MIB(1), KIB(64), BOOT_MEM_USABLE); /* too small for the map */
}

static void test_plain_map(void **state)
{
	start();
	add_mem(arena(), ARENA_BYTES, BOOT_MEM_USABLE);
	check_memory();
	assert_true(host_frames.count == (arena() + ARENA_BYTES) >> PAGE_SHIFT);
}

static void test_memory_above_the_limit(void **state)
{
	start();
	add_mem(arena(), ARENA_BYTES, BOOT_MEM_USABLE);
	add_mem(0x80000000, 0x50000000, BOOT_MEM_USABLE); /* across the limit */
	add_mem(0x100000000ull, 0x700000000ull, BOOT_MEM_USABLE);
	check_memory();
	assert_int_equal(host_frames.count, MEMORY_LIMIT >> PAGE_SHIFT);
}

static void test_modules_in_awkward_places(void **state)
{
	uint64_t at = arena();

	start();
	add_mem(at, ARENA_BYTES, BOOT_MEM_USABLE);
	add_module(at, at + 1);               /* the very start */
	add_module(at + 0x1FFF, at + 0x3001); /* touching four pages, unordered, overlapping */
	add_module(at + 0x900, at + 0x2100);
	add_module(at + IMAGE_AT - 0x1000, at + IMAGE_AT); /* right below and above the image */
	add_module(at + IMAGE_AT + 0x13000, at + IMAGE_AT + 0x13FFF);
	add_module(at + ARENA_BYTES - 0x1001, at + ARENA_BYTES); /* the very end */
	add_module(at + ARENA_BYTES, at + ARENA_BYTES + 0x1000); /* not in RAM at all */
	check_memory();
}

/* Only one hole is large enough for the map, and it must be found. */
static void test_map_squeezed_between_modules(void **state)
{
	uint64_t at = arena(), map_bytes = (at + ARENA_BYTES) >> PAGE_SHIFT;
	uint64_t hole = at + MIB(3);

	start();
	add_mem(at, ARENA_BYTES, BOOT_MEM_USABLE);
	for (uint64_t m = at; m < hole; m += MIB(1) / 4)
		add_module(m + 0x123, m + 0x3000);
	add_module(at, hole - 0x10);
	add_module(ALIGN_UP(hole + map_bytes, PAGE_SIZE), at + ARENA_BYTES);
	check_memory();
	assert_true((uintptr_t)host_frames.owner == hole);
}

static void test_no_room_for_the_map(void **state)
{
	uint64_t at = arena();

	start();
	add_mem(at, ARENA_BYTES, BOOT_MEM_USABLE);
	for (uint64_t m = at; m < at + ARENA_BYTES; m += MIB(1) / 8)
		add_module(m, m + 1);
	assert_int_equal(memory_init(&bi), -ENOMEM);
	memset(&bi, 0, sizeof(bi));
	assert_int_equal(memory_init(&bi), -ENOMEM);
	add_mem(0, ARENA_BYTES, BOOT_MEM_RESERVED);
	assert_int_equal(memory_init(&bi), -ENOMEM);
}

static void test_random_maps(void **state)
{
	struct unit_random r = {33};

	for (int i = 0; i < 40; i++) {
		uint64_t at = arena();
		unsigned modules = unit_random(&r) % 16;

		start();
		for (uint64_t from = at; from < at + ARENA_BYTES;) { /* with reserved holes */
			uint64_t bytes = MIB(1) + (unit_random(&r) % 512 << PAGE_SHIFT);

			bytes = MIN(bytes, at + ARENA_BYTES - from);
			from += bytes; /* the last is usable: the map must not fit anywhere else */
			add_mem(from - bytes, bytes,
				unit_random(&r) % 4 || from == at + ARENA_BYTES
					? BOOT_MEM_USABLE
					: BOOT_MEM_RESERVED);
		}
		for (unsigned n = 0; n < modules; n++) {
			uint64_t from = at + unit_random(&r) % IMAGE_AT;

			from += unit_random(&r) % 2 ? IMAGE_AT + ALIGN_UP(IMAGE_BYTES, PAGE_SIZE)
						    : 0;
			add_module(from,
				   MIN(from + 1 + unit_random(&r) % 0x9000,
				       from < at + IMAGE_AT ? at + IMAGE_AT : at + ARENA_BYTES));
		}
		if (memory_init(&bi) == 0)
			check_memory();
	}
}

/* I8 for Gatehouse's own: whole pages, and nothing of what was there before. */
static void test_pages_of_the_host_are_zero(void **state)
{
	static const uint8_t zero[2 * PAGE_SIZE];
	uint32_t free_before;
	const uint8_t *at;

	start();
	add_mem(arena(), ARENA_BYTES, BOOT_MEM_USABLE);
	memset(unit_arena, 0xA5, IMAGE_AT);
	memset(unit_arena + IMAGE_AT + IMAGE_BYTES, 0xA5, ARENA_BYTES - IMAGE_AT - IMAGE_BYTES);
	assert_int_equal(memory_init(&bi), 0);
	free_before = host_frames.held[FRAME_FREE];
	at = host_pages(PAGE_SIZE + 1);
	assert_non_null(at);
	assert_memory_equal(at, zero, sizeof(zero));
	assert_int_equal(host_frames.held[FRAME_FREE], free_before - 2);
	assert_null(host_pages(ARENA_BYTES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_operations),
		cmocka_unit_test(test_absurd_requests),
		cmocka_unit_test(test_plain_map),
		cmocka_unit_test(test_memory_above_the_limit),
		cmocka_unit_test(test_modules_in_awkward_places),
		cmocka_unit_test(test_map_squeezed_between_modules),
		cmocka_unit_test(test_no_room_for_the_map),
		cmocka_unit_test(test_random_maps),
		cmocka_unit_test(test_pages_of_the_host_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
