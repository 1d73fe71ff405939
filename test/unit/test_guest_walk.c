/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the walk of guest page tables, in both formats, against the reference walker. */
/* unit-sources: arch/x86/guest_walk.c */
#include "arch/x86/guest_walk.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "test/unit/paging_fixture.h"

#define PAGES 24u
#define BYTES (PAGES * PAGE_SIZE)

static uint8_t *memory; /* exactly BYTES, for ASan */
static uint8_t *before;
static struct unit_random rnd = {51};

static int setup(void **state)
{
	memory = calloc(1, BYTES);
	before = malloc(BYTES);
	return 0;
}

static int teardown(void **state)
{
	free(memory);
	free(before);
	return 0;
}

static uint64_t random_entry(bool is_pae)
{
	uint64_t x = unit_random(&rnd);
	uint64_t e = (x % (PAGES + 1)) << 12 | (x >> 16 & 0xF66);

	if (x >> 32 & 0xF)
		e |= PTE_P;
	if ((x >> 36 & 0x1F) == 0)
		e |= PTE_PS;
	if ((x >> 41 & 0x1F) == 0)
		e |= x << 20 & 0xFFF00000; /* far away */
	if (is_pae && (x >> 46 & 3) == 0)
		e |= PTE_NX;
	if (is_pae && (x >> 48 & 0x3F) == 0)
		e |= 1ull << (32 + x % 20);
	return is_pae ? e : (uint32_t)e;
}

static void fill_tables(bool is_pae)
{
	unsigned size = is_pae ? 8 : 4;

	for (uint32_t at = 0; at < BYTES; at += size)
		ref_poke(memory, at, size, random_entry(is_pae));
}

static void check_walk(const struct guest_tables *t, gva_t va)
{
	struct ref must = ref_walk(memory, BYTES, t->is_pae, t->top, va);
	struct walk w = guest_walk(t, va);
	unsigned pde = t->is_pae ? 1 : 0;
	uint64_t entry = 0;
	gpa_t at = 0;

	assert_true(guest_walk_table(t, va, &entry, &at) == (must.levels > pde + 1));
	assert_true(must.levels <= pde + 1 || (entry == must.entry[pde] && at == must.at[pde + 1]));
	assert_int_equal(w.status, must.kind == REF_MAPPED   ? WALK_OK
				   : must.kind == REF_ABSENT ? WALK_ABSENT
							     : WALK_BAD);
	assert_int_equal(w.pde_gpa, must.levels > pde ? must.at[pde] : 0);
	assert_int_equal(w.pte_gpa, must.levels > pde + 1 ? must.at[pde + 1] : 0);
	if (must.levels > pde)
		assert_true(w.pde == must.entry[pde]);
	if (must.kind == REF_BAD)
		assert_true(w.bad_entry == must.entry[must.levels - 1]);
	if (must.kind == REF_MAPPED) {
		assert_true(w.pte == must.entry[pde + 1]);
		assert_true(w.page == must.page);
		assert_true(w.rights == ((must.write ? PTE_W : 0) | (must.user ? PTE_U : 0) |
					 (must.no_exec ? PTE_NX : 0)));
	}
	for (unsigned n = 0; n < 8; n++) {
		unsigned access =
			(n & 1) * PF_WRITE | (n & 2) * (PF_USER / 2) | (n & 4) * (PF_INSTR / 4);

		assert_true(walk_permits(&w, access) == ref_permits(&must, access));
		if (!ref_permits(&must, access))
			assert_int_equal(walk_error_code(&w, access),
					 ref_error_code(&must, access));
	}
}

static void random_walks(bool is_pae)
{
	unsigned kinds[3] = {0};

	for (int round = 0; round < 60; round++) {
		struct guest_tables t = {.memory = memory, .bytes = BYTES, .is_pae = is_pae};

		fill_tables(is_pae);
		for (int i = 0; i < 1000; i++) {
			gva_t va = (gva_t)unit_random(&rnd);

			t.top = is_pae ? unit_random(&rnd) % (BYTES / 32) * 32
				       : unit_random(&rnd) % PAGES * PAGE_SIZE;
			check_walk(&t, va);
			kinds[ref_walk(memory, BYTES, is_pae, t.top, va).kind]++;
		}
	}
	assert_true(kinds[0] > 1000 && kinds[1] > 1000 && kinds[2] > 1000);
}

static void test_random_two_level_tables(void **state)
{
	random_walks(false);
}

static void test_random_pae_tables(void **state)
{
	random_walks(true);
}

/* One mapping of va: the page tables in pages 1 (top), 2, 3; the page is 5. */
static struct guest_tables build(bool is_pae, gva_t va, uint64_t pde_flags, uint64_t pte_flags)
{
	unsigned size = is_pae ? 8 : 4;

	memset(memory, 0, BYTES);
	if (is_pae) {
		ref_poke(memory, 0x1000 + (va >> 30) * 8, 8, 0x2001);
		ref_poke(memory, 0x2000 + (va >> 21 & 511) * 8, 8, 0x3000 | pde_flags);
		ref_poke(memory, 0x3000 + (va >> 12 & 511) * 8, 8, 0x5000 | pte_flags);
	} else {
		ref_poke(memory, 0x1000 + (va >> 22) * size, size, 0x3000 | pde_flags);
		ref_poke(memory, 0x3000 + (va >> 12 & 1023) * size, size, 0x5000 | pte_flags);
	}
	return (struct guest_tables){memory, BYTES, is_pae, 0x1000};
}

/* All rights at both levels, all states of the dirty bit. */
static void test_rights_and_the_shadow_entry(void **state)
{
	static const uint64_t bits[] = {PTE_W, PTE_U, PTE_A, PTE_D, PTE_NX};

	for (unsigned n = 0; n < 2048; n++) {
		bool is_pae = n & 1024;
		uint64_t pde = PTE_P, pte = PTE_P, must = 0xABC000 | PTE_P | PTE_A | PTE_D;
		struct guest_tables t;
		struct walk w;

		for (unsigned b = 0; b < 5; b++) {
			pde |= n >> b & 1 && (is_pae || b < 4) ? bits[b] : 0;
			pte |= n >> (b + 5) & 1 && (is_pae || b < 4) ? bits[b] : 0;
		}
		t = build(is_pae, 0xC0123456, pde, pte);
		check_walk(&t, 0xC0123FFF);
		w = guest_walk(&t, 0xC0123000);
		if (pde & PTE_U && pte & PTE_U)
			must |= PTE_U;
		if (pde & PTE_W && pte & PTE_W && pte & PTE_D)
			must |= PTE_W;
		assert_true(walk_shadow_entry(&w, 0xABC000, 0) == must);
		if ((pde | pte) & PTE_NX)
			must |= PTE_NX;
		assert_true(walk_shadow_entry(&w, 0xABC000, PTE_NX) == must);
	}
}

static void check_mark(bool is_pae, uint64_t pde_flags, uint64_t pte_flags, bool is_write)
{
	struct guest_tables t = build(is_pae, 0x80400000, pde_flags, pte_flags);
	struct walk w = guest_walk(&t, 0x80400000);
	struct walk old = w, again;

	memcpy(before, memory, BYTES);
	walk_mark(&t, &w, is_write);
	before[old.pde_gpa] |= PTE_A;
	before[old.pte_gpa] |= PTE_A | (is_write ? PTE_D : 0);
	assert_memory_equal(memory, before, BYTES);
	again = guest_walk(&t, 0x80400000);
	assert_true(again.pde == w.pde && again.pte == w.pte);
}

static void test_accessed_and_dirty_are_marked(void **state)
{
	for (unsigned n = 0; n < 64; n++) {
		uint64_t high = n & 32 ? PTE_NX | 1ull << 40 : 0;
		uint64_t pde = PTE_P | PTE_W | PTE_U | (n & 1 ? PTE_A : 0);
		uint64_t pte = 0xE07 | (n & 2 ? PTE_A : 0) | (n & 4 ? PTE_D : 0);

		check_mark(n & 16, pde, pte | (n & 16 ? high : 0), n & 8);
	}
}

static enum walk_status status_of(bool is_pae, uint64_t pdpte, uint64_t pde, uint64_t pte)
{
	struct guest_tables t = build(is_pae, 0x12345678, pde & 0xFFF, 0);

	if (is_pae)
		ref_poke(memory, 0x1000, 8, pdpte);
	ref_poke(memory, is_pae ? 0x2000 + 0x91 * 8 : 0x1000 + 0x48 * 4, is_pae ? 8 : 4, pde);
	ref_poke(memory, is_pae ? 0x3000 + 0x145 * 8 : 0x3000 + 0x345 * 4, is_pae ? 8 : 4, pte);
	check_walk(&t, 0x12345678);
	return guest_walk(&t, 0x12345678).status;
}

static void test_every_kind_of_failure(void **state)
{
	static const uint64_t outside[] = {BYTES, BYTES + 0x1000, 0x7FFFF000, 0xFFFFF000};
	static const uint64_t high[] = {1ull << 32, 1ull << 40, 0xFFFFFFFFF000};

	for (int pae = 0; pae < 2; pae++) {
		assert_int_equal(status_of(pae, 0x2001, 0x3007, 0x5007), WALK_OK);
		assert_int_equal(status_of(pae, 0x2001, 0x3006, 0x5007), WALK_ABSENT);
		assert_int_equal(status_of(pae, 0x2001, 0x3007, 0x5006), WALK_ABSENT);
		assert_int_equal(status_of(pae, 0x2001, 0x3087, 0x5007), WALK_BAD);
		assert_int_equal(status_of(pae, 0x2001, 0x3086, 0x5007), WALK_ABSENT);
		for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
			assert_int_equal(status_of(pae, 0x2001, outside[i] | 7, 0), WALK_BAD);
			assert_int_equal(status_of(pae, 0x2001, outside[i] | 6, 0), WALK_ABSENT);
			/* a page beyond memory is the caller's to see */
			assert_int_equal(status_of(pae, 0x2001, 0x3007, outside[i] | 7), WALK_OK);
		}
		assert_int_equal(status_of(pae, 0x2001, (BYTES - 0x1000) | 7, 0), WALK_ABSENT);
	}
	assert_int_equal(status_of(true, 0x2000, 0x3007, 0x5007), WALK_ABSENT);
	assert_int_equal(status_of(true, 0x2081, 0x3007, 0x5007),
			 WALK_OK); /* PS of a PDPTE: no page */
	assert_int_equal(status_of(true, BYTES | 1, 0x3007, 0x5007), WALK_BAD);
	for (size_t i = 0; i < ARRAY_SIZE(high); i++) {
		assert_int_equal(status_of(true, high[i] | 0x2001, 0x3007, 0x5007), WALK_BAD);
		assert_int_equal(status_of(true, 0x2001, high[i] | 0x3007, 0x5007), WALK_BAD);
		assert_int_equal(status_of(true, 0x2001, 0x3007, high[i] | 0x5007), WALK_OK);
	}
}

static bool looks_pae(gpa_t at, const uint32_t words[8])
{
	memset(memory, 0, BYTES);
	if (words)
		memcpy(memory + at, words, 32);
	return guest_top_is_pae(memory, BYTES, at);
}

static void test_format_of_realistic_tops(void **state)
{
	/* PAE: Linux's first table (all to one directory, or only the kernel's), a process's */
	assert_true(looks_pae(0x1000, (uint32_t[8]){0x2001, 0, 0x3001, 0, 0x4001, 0, 0x5001, 0}));
	assert_true(looks_pae(0x1000, (uint32_t[8]){0, 0, 0, 0, 0, 0, 0x5001, 0}));
	assert_true(looks_pae(0x1000, (uint32_t[8]){0x2001, 0, 0, 0, 0, 0, 0, 0}));
	assert_true(looks_pae(0x1000, (uint32_t[8]){0x2E19, 0, 0, 0, 0, 0, 0x5001, 0}));
	assert_true(looks_pae(0x1020, NULL)); /* only a PAE top may lie there */
	/* 2-level: identity maps, kernel entries only, user entries of all sorts */
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2007, 0x3007, 0x4007, 0x5007, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2067, 0, 0, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2003, 0, 0, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2063, 0x3063, 0, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0, 0, 0, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0, 0x3067, 0, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2001, 0, 0x3067, 0, 0, 0, 0, 0}));
	assert_false(looks_pae(0x1000, (uint32_t[8]){0x2001, 0x3001, 0, 0, 0, 0, 0, 0}));
}

static void test_format_at_the_end_of_memory(void **state)
{
	static const uint32_t pae[8] = {0x2001};

	assert_true(looks_pae(BYTES - 0x1000, pae));
	assert_false(guest_top_is_pae(memory, BYTES, BYTES));
	assert_false(guest_top_is_pae(memory, BYTES, 0xFFFFF000));
}

static void test_pae_directory(void **state)
{
	struct guest_tables t = build(true, 0x40000000, 7, 7);

	assert_int_equal(guest_pae_directory(&t, 0x40000000), 0x2000);
	assert_int_equal(guest_pae_directory(&t, 0x7FFFFFFF), 0x2000);
	assert_int_equal(guest_pae_directory(&t, 0x80000000), 0);
	ref_poke(memory, 0x1008, 8, BYTES | 1);
	assert_int_equal(guest_pae_directory(&t, 0x40000000), 0);
	ref_poke(memory, 0x1008, 8, 0x100002001);
	assert_int_equal(guest_pae_directory(&t, 0x40000000), 0);
	t = build(false, 0x40000000, 7, 7);
	assert_int_equal(guest_pae_directory(&t, 0x40000000), 0);
}

#define WALK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALK_TEST(test_random_two_level_tables),
		WALK_TEST(test_random_pae_tables),
		WALK_TEST(test_rights_and_the_shadow_entry),
		WALK_TEST(test_accessed_and_dirty_are_marked),
		WALK_TEST(test_every_kind_of_failure),
		WALK_TEST(test_format_of_realistic_tops),
		WALK_TEST(test_format_at_the_end_of_memory),
		WALK_TEST(test_pae_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
