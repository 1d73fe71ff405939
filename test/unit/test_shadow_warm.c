/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what keeps shadows warm: the last table is remembered, what is not in use is forgotten. */
/* unit-sources: core/shadow.c core/shadow_blocks.c core/shadow_pool.c core/shadow_tables.c */
/* unit-sources: arch/x86/guest_walk.c core/trace.c core/fast.c */
#include "test/unit/shadow_fixture.h"

#define PAGE_ENTRY(gpa) ((gpa) | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define VA              0x40000000u

static void begin(bool is_pae, gva_t kernel, unsigned tops)
{
	rnd.state = 11;
	nx = 0;
	start_guest(is_pae, kernel, tops, 200);
	for (unsigned t = 0; t < tops; t++)
		for (unsigned r = 0; r < m.regions; r++)
			for (unsigned s = 0; s < SLOTS; s++)
				set_pte(t, r, slot_va(r, s), PAGE_ENTRY(0x5000));
	shadow_new_top(&g, m.top[0]);
}

static void touch(gva_t va)
{
	unsigned error_code = PF_WRITE;
	uint64_t device;

	assert_int_equal(shadow_fault(&g, va, &error_code, &device), SHADOW_FIXED);
}

static void tell_pde(unsigned t, unsigned r)
{
	if (m.is_pae)
		shadow_set_pmd(&g, m.dir[t][m.base[r] >> 30], m.base[r] >> 21 & 511);
	else
		shadow_set_top_entry(&g, m.top[t], m.base[r] >> 22);
}

static void take_away(unsigned t, gva_t va)
{
	set_pte(t, region_of(va), va, 0);
	shadow_set_pte(&g, m.top[t], va);
}

/* SET_PTE names a table that was dropped since its last SET_PTE, and is there again elsewhere. */
static void test_set_pte_of_a_dropped_table(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		begin(format, 0xC0000000, 1);
		touch(VA);
		shadow_set_pte(&g, m.top[0], VA);
		tell_pde(0, region_of(VA));
		assert_true(leaf_now(VA) == 0);
		touch(0); /* takes its pages */
		touch(VA);
		take_away(0, VA);
		assert_true(leaf_now(VA) == 0);
		check_all();
	}
}

/* The same address of two tops. */
static void test_set_pte_of_two_tops(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		begin(format, 0xC0000000, 2);
		touch(VA);
		shadow_new_top(&g, m.top[1]);
		m.current = 1;
		touch(VA);
		shadow_set_pte(&g, m.top[1], VA);
		take_away(0, VA);
		assert_true(leaf_now(VA) != 0);
		check_all();
		shadow_new_top(&g, m.top[0]);
		m.current = 0;
		assert_true(leaf_now(VA) == 0);
	}
}

/* A top that was looked for before it was one. */
static void test_set_pte_of_a_top_to_be(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		begin(format, 0xC0000000, 2);
		shadow_set_pte(&g, m.top[1], VA);
		shadow_new_top(&g, m.top[1]);
		touch(VA);
		shadow_new_top(&g, m.top[0]);
		take_away(1, VA);
		shadow_new_top(&g, m.top[1]);
		m.current = 1;
		assert_true(leaf_now(VA) == 0);
		check_all();
	}
}

/* What lies below the kernel's address belongs to a top, what lies above, in the same table, to
 * all. */
static void test_set_pte_where_the_kernel_begins(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		begin(format, 0xC0101000, 2);
		touch(0xC0101000);
		shadow_new_top(&g, m.top[1]);
		touch(0xC0101000);
		shadow_set_pte(&g, m.top[1], 0xC0000000); /* below */
		take_away(1, 0xC0101000);
		assert_true(leaf_now(0xC0101000) == 0);
		shadow_new_top(&g, m.top[0]);
		assert_true(leaf_now(0xC0101000) == 0);
		check_all();
	}
}

/* The CPU's part: it uses what is mapped at va. */
static void use(gva_t va)
{
	uint64_t *leaf = shadow_leaf(&g.shadow, g.shadow.current, va);

	if (leaf && *leaf & PTE_P)
		*leaf |= PTE_A;
}

/* What is not used between many flushes is no longer compared; a fault brings it back. */
static void test_flushes_forget_what_is_not_used(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		uint32_t free_before;

		begin(format, 0xC0000000, 1);
		free_before = g.shadow.free_pages;
		touch(VA);
		touch(VA + 255 * PAGE_SIZE);
		touch(0);
		for (unsigned i = 0; i < 96; i++) {
			use(VA);
			shadow_flush_user(&g);
			check_all();
		}
		assert_true(leaf_now(VA) != 0);
		assert_true(leaf_now(VA + 255 * PAGE_SIZE) == 0);
		assert_true(leaf_now(0) == 0);
		/* a table and its copy, but for directories */
		assert_in_range(free_before - g.shadow.free_pages, 2, 4);
		touch(VA + 255 * PAGE_SIZE);
		assert_true(leaf_now(VA + 255 * PAGE_SIZE) != 0);
	}
}

/* Format n / 2, and a ring-1 stack in the user's part or in the kernel's; returns an address on it.
 */
static gva_t begin_with_stack(unsigned n, unsigned tops)
{
	begin(n / 2, 0xC0000000, tops);
	g.stack_pages = 1;
	g.vcpu.state.tss.esp1 = n % 2 ? 0xC0001000 : VA + PAGE_SIZE;
	shadow_pin_stack(&g);
	return g.vcpu.state.tss.esp1 - 4;
}

/* The ring-1 stack stays mapped, be it used or not, wherever it lies. */
static void test_flushes_keep_the_stack(void **state)
{
	for (unsigned n = 0; n < 4; n++) {
		gva_t stack = begin_with_stack(n, 1);

		for (unsigned i = 0; i < 96; i++) {
			if (i % 2)
				shadow_flush_user(&g);
			else
				shadow_flush_all(&g);
			assert_true(leaf_now(stack) & PTE_W);
			check_all();
		}
	}
}

/* In an address space that was never used with it. */
static void test_switches_map_the_stack(void **state)
{
	for (unsigned n = 0; n < 4; n++) {
		gva_t stack = begin_with_stack(n, 2);

		shadow_new_top(&g, m.top[m.current = 1]);
		assert_true(leaf_now(stack) & PTE_W);
		check_all();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_pte_of_a_dropped_table),
		cmocka_unit_test(test_set_pte_of_two_tops),
		cmocka_unit_test(test_set_pte_of_a_top_to_be),
		cmocka_unit_test(test_set_pte_where_the_kernel_begins),
		cmocka_unit_test(test_flushes_forget_what_is_not_used),
		cmocka_unit_test(test_flushes_keep_the_stack),
		cmocka_unit_test(test_switches_map_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
