/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the shadow at its edges: the window, the audit's findings, calls in linear mode. */
/* unit-sources: core/shadow.c core/shadow_blocks.c core/shadow_pool.c core/shadow_tables.c */
/* unit-sources: arch/x86/guest_walk.c core/trace.c core/fast.c */
#include "core/shadow.h"

#include "core/shadow_pool.h"
#include "test/unit/shadow_fixture.h"

static void begin(bool is_pae)
{
	rnd.state = 7;
	nx = PTE_NX;
	start_guest(is_pae, 0xC0000000, 1, 200);
	shadow_new_top(&g, m.top[0]);
	assert_int_equal(fails, 0);
}

/* The guest's own tables map the window: to it they count for nothing there (I1). */
static void test_window_in_the_guests_tables(void **state)
{
	static const gva_t places[] = {WINDOW_BASE, WINDOW_BASE + 0x12000, 0xFFFFFFFF};

	for (unsigned format = 0; format < 2; format++) {
		begin(format);
		m.regions = 0;
		add_region(WINDOW_BASE - 1);
		m.base[0] = WINDOW_BASE; /* what add_region() refuses */
		m.pt[0][0] = take_page();
		poke(pde_at(0, 0), m.pt[0][0] | 7);
		for (uint32_t i = 0; i < PAGE_SIZE / entry_bytes(); i++)
			poke(m.pt[0][0] + i * entry_bytes(), 0x5000 | 0x67);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			unsigned code = PF_WRITE | PF_USER | PF_PRESENT | PF_INSTR;
			uint64_t device = 0;

			assert_int_equal(shadow_fault(&g, places[i], &code, &device),
					 SHADOW_DENIED);
			assert_int_equal(code, PF_WRITE | PF_USER);
		}
		assert_int_equal(shadow_audit(&g), 0);
	}
}

static void test_look(void **state)
{
	struct shadow_path p;
	unsigned code = 0;
	uint64_t device;

	begin(true);
	p = shadow_look(&g.shadow, 0x40000000);
	assert_true(p.levels >= 1 && !(p.entry[p.levels - 1] & PTE_P));
	for (unsigned r = 0; r < m.regions; r++)
		if (m.base[r] == 0x40000000)
			poke(pte_at(0, r, 0x40000000), 0x5000 | 0x67);
	assert_int_equal(shadow_fault(&g, 0x40000000, &code, &device), SHADOW_FIXED);
	p = shadow_look(&g.shadow, 0x40000000);
	assert_int_equal(p.levels, 3);
	assert_true((p.entry[2] & PTE_ADDR) == g.base + 0x5000);
	assert_int_equal(*(uint64_t *)(uintptr_t)p.at[2], p.entry[2]);
}

/* The audit finds what should not be there. */
static void test_audit(void **state)
{
	unsigned code = 0;
	uint64_t device, *pd, *leaf, saved;
	uint64_t bad[4];

	start_guest(false, 0xC0000000, 1, 200);
	assert_int_equal(shadow_fault(&g, 0x5000, &code, &device), SHADOW_FIXED);
	assert_int_equal(shadow_audit(&g), 0);
	pd = PTE_PAGE(g.shadow.pdpts[g.shadow.current][0]);
	leaf = &PTE_PAGE(pd[0])[5];
	saved = *leaf;
	bad[0] = (g.base - PAGE_SIZE) | PTE_P;
	bad[1] = (g.base + MEM_BYTES) | PTE_P;
	bad[2] = saved & ~PTE_P; /* an address in an absent entry (L1TF) */
	bad[3] = PTE_W;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		*leaf = bad[i];
		assert_true(shadow_audit(&g) > 0);
	}
	*leaf = saved;
	pd[7] = PTE_PS | PTE_P; /* a large page */
	assert_true(shadow_audit(&g) > 0);
	pd[7] = 0x5000; /* absent, with an address */
	assert_true(shadow_audit(&g) > 0);
	pd[7] = 0;
	pd = PTE_PAGE(g.shadow.pdpts[g.shadow.current][3]);
	saved = pd[FIRST_WINDOW_PDE % PTE_ENTRIES];
	pd[FIRST_WINDOW_PDE % PTE_ENTRIES] = saved + PAGE_SIZE; /* another CPU's */
	assert_true(shadow_audit(&g) > 0);
	pd[FIRST_WINDOW_PDE % PTE_ENTRIES] = saved;
	saved = pd[FAST_PDE % PTE_ENTRIES];
	pd[FAST_PDE % PTE_ENTRIES] = saved + PAGE_SIZE; /* some other table for the upper half */
	assert_true(shadow_audit(&g) > 0);
	pd[FAST_PDE % PTE_ENTRIES] = saved;
	g.shadow.aliases[0] = g.base - PAGE_SIZE;
	assert_true(shadow_audit(&g) > 0);
	g.shadow.aliases[0] = 0;
	assert_int_equal(shadow_audit(&g), 0);
}

/* Before its first tables there is nothing that these could change. */
static void test_calls_in_linear_mode(void **state)
{
	unsigned code = 0;
	uint64_t device, before;

	start_guest(true, 0xC0000000, 1, 200);
	assert_int_equal(shadow_fault(&g, 0x5000, &code, &device), SHADOW_FIXED);
	before = leaf_now(0x5000);
	g.stack_pages = 2;
	g.vcpu.state.tss.esp1 = 0x8000;
	shadow_flush_user(&g);
	shadow_flush_all(&g);
	shadow_set_pmd(&g, 0x3000, 9999);
	shadow_set_top_entry(&g, 0, 9999);
	shadow_set_pte(&g, 0, 0x5000);
	shadow_pin_stack(&g);
	assert_true(leaf_now(0x5000) == before && !leaf_now(0x7000));
	assert_int_equal(g.shadow.flushes, 0);
	assert_int_equal(fails, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_in_the_guests_tables),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_calls_in_linear_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
