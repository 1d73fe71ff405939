/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the shadow page tables: long random lives of guests against the reference walker. */
/* unit-sources: core/shadow.c core/shadow_blocks.c core/shadow_pool.c core/shadow_tables.c */
/* unit-sources: arch/x86/guest_walk.c core/trace.c core/fast.c */
/* unit-flags: -DSHADOW_RESYNC_BUDGET=40u */
#include "test/unit/shadow_fixture.h"

static const unsigned accesses[] = {0,        PF_WRITE,          PF_USER, PF_USER | PF_WRITE,
				    PF_INSTR, PF_INSTR | PF_USER};

static uint64_t device; /* where an access beyond memory goes */

/* (c) One page fault of the CPU, its outcome, and what the guest's entries say then. */
static void fault(gva_t va, unsigned access)
{
	struct ref before = ref_walk(memory, MEM_BYTES, m.is_pae, m.top[m.current], va), after;
	unsigned error_code = access | below(2) * PF_PRESENT, last = m.is_pae ? 2 : 1;
	enum shadow_result result = shadow_fault(&g, va, &error_code, &device);
	uint64_t e, mark = PTE_A | (access & PF_WRITE ? PTE_D : 0);

	after = ref_walk(memory, MEM_BYTES, m.is_pae, m.top[m.current], va);
	if (!ref_permits(&before, access)) {
		assert_int_equal(result, SHADOW_DENIED);
		assert_int_equal(error_code, ref_error_code(&before, access));
		assert_memory_equal(before.entry, after.entry, sizeof(before.entry));
		return;
	}
	if (before.page >= MEM_BYTES) {
		assert_int_equal(result, SHADOW_DEVICE);
		assert_true(leaf_now(va) == 0);
		return;
	}
	assert_int_equal(result, SHADOW_FIXED);
	assert_true(after.entry[last] == (before.entry[last] | mark));
	assert_true(after.entry[last - 1] == (before.entry[last - 1] | PTE_A));
	e = leaf_now(va);
	assert_true((e & PTE_ADDR) == g.base + before.page);
	assert_true(e & PTE_P && (!(access & PF_WRITE) || e & PTE_W) &&
		    (!(access & PF_USER) || e & PTE_U) && (!(access & PF_INSTR) || !(e & PTE_NX)));
}

static void random_fault(void)
{
	unsigned count = nx && m.is_pae ? 6 : 4;

	fault(slot_va(below(m.regions), below(SLOTS)) + below(PAGE_SIZE), accesses[below(count)]);
}

/* The tops a guest must name when it changed an entry that they all have. */
static void notify_pde(unsigned t, unsigned r)
{
	for (unsigned i = 0; i < m.tops; i++) {
		if (i != (is_kernel_region(r) ? below(m.tops) : t) && !is_mixed_region(r) &&
		    !is_kernel_region(r))
			continue;
		if (m.is_pae)
			shadow_set_pmd(&g, m.dir[i][m.base[r] >> 30] + below(4096),
				       m.base[r] >> 21 & 511);
		else
			shadow_set_top_entry(&g, m.top[i], m.base[r] >> 22);
	}
}

static void change_pte(void)
{
	unsigned t = below(m.tops), r = below(m.regions), named;
	gva_t va = slot_va(r, below(SLOTS));
	uint64_t e = random_pte();

	t = below(2) ? m.current : t;
	set_pte(t, r, va, e);
	named = va >= m.kernel ? below(m.tops) : t; /* of the kernel: any */
	shadow_set_pte(&g, m.top[named], va);
}

/* Rewrites a page table while it is not in use, or only the entry above it. */
static void change_pde(void)
{
	unsigned t = below(2) ? m.current : below(m.tops), r = below(m.regions);

	if (below(2)) {
		set_pde(t, r, 0);
		notify_pde(t, r);
		for (unsigned s = 0; s < SLOTS; s++)
			set_pte(t, r, slot_va(r, s), random_pte());
	}
	set_pde(t, r, random_pde(t, r));
	notify_pde(t, r);
}

static void change_pdpte(void)
{
	unsigned t = below(2) ? m.current : below(m.tops), i = below(4);

	if (!m.is_pae || !m.dir[t][i] || ((uint64_t)(i + 1) << 30) > m.kernel)
		return; /* the kernel's directories stay */
	poke(m.top[t] + i * 8, m.dir[t][i] | (below(4) ? PTE_P : 0));
	shadow_set_top_entry(&g, m.top[t], i);
}

/* Rights added, absent made present: no CPU caches the lack of them. */
static void upgrade_silently(void)
{
	unsigned t = below(m.tops), r = below(m.regions);
	gva_t va = slot_va(r, below(SLOTS));
	uint64_t e = peek(pte_at(t, r, va));

	if (e & PTE_P)
		e = (e | (random_pte() & (PTE_W | PTE_U | PTE_A | PTE_D))) & ~PTE_NX;
	else
		e = random_pte();
	set_pte(t, r, va, e);
}

static void change_many_and_flush(bool all)
{
	for (unsigned n = below(12); n > 0; n--) {
		unsigned t = all ? below(m.tops) : m.current, r = below(m.regions);
		gva_t va = slot_va(r, below(SLOTS));

		if (!all && va >= (m.kernel & ~(region_bytes() - 1)))
			continue;
		if (below(4) == 0)
			set_pde(t, r, random_pde(t, r));
		else
			set_pte(t, r, va, random_pte());
	}
	if (all)
		shadow_flush_all(&g);
	else
		shadow_flush_user(&g);
}

/* After pinning, a trap finds its stack if the guest's tables have it. */
static void set_stack(void)
{
	unsigned r = below(m.regions);

	g.stack_pages = 1 + below(2);
	g.vcpu.state.tss.esp1 = slot_va(r, below(SLOTS)) + PAGE_SIZE;
	shadow_pin_stack(&g);
	for (uint32_t i = 0; i < g.stack_pages; i++) {
		gva_t va = g.vcpu.state.tss.esp1 - 1 - i * PAGE_SIZE;
		struct ref ref = ref_walk(memory, MEM_BYTES, m.is_pae, m.top[m.current], va);

		if (va < WINDOW_BASE && ref_permits(&ref, PF_WRITE) && ref.page < MEM_BYTES)
			assert_true(leaf_now(va) & PTE_W);
	}
}

static void switch_to(unsigned t)
{
	m.current = t;
	shadow_new_top(&g, m.top[t]);
}

/* Roots are forgotten, the kernel's shared tables are not. */
static void switch_through_all(void)
{
	for (unsigned t = 0; t < m.tops; t++)
		switch_to((m.current + 1) % m.tops);
}

static void step(void)
{
	switch (below(24)) {
	case 0:
	case 1:
	case 2:
		switch_to(below(m.tops));
		break;
	case 3:
	case 4:
	case 5:
		change_pte();
		break;
	case 6:
		change_pde();
		break;
	case 7:
		change_pdpte();
		break;
	case 8:
		upgrade_silently();
		break;
	case 9:
		change_many_and_flush(below(4) == 0);
		break;
	case 10:
		set_stack();
		break;
	case 11:
		if (below(8) == 0)
			switch_through_all();
		break;
	default:
		random_fault();
	}
}

static void live(bool is_pae, gva_t kernel, unsigned tops, uint32_t pool_pages, int steps)
{
	int every = pool_pages > 100 ? 29 : 1;

	rnd.state = 0x5EED + kernel + tops + is_pae;
	start_guest(is_pae, kernel, tops, pool_pages);
	switch_to(0);
	assert_int_equal(g.shadow.tables.is_pae, is_pae);
	for (int i = 0; i < steps; i++) {
		step();
		if (i % every == 0)
			check_all();
	}
	check_all();
	assert_true(g.shadow.filled > 100);
}

static const gva_t kernels[] = {0xC0000000, 0x80000000, 0xC0101000,
				0x00100000, 0xC0200000, 0xBFE00000};

static void live_everywhere(bool is_pae)
{
	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		nx = k % 2 ? PTE_NX : 0;
		live(is_pae, kernels[k], 3, SHADOW_POOL_MIN, 1200);
		nx = k % 2 ? 0 : PTE_NX;
		live(is_pae, kernels[k], 20, SHADOW_POOL_MIN, 1200);
	}
}

static void test_random_lives_two_level(void **state)
{
	live_everywhere(false);
}

static void test_random_lives_pae(void **state)
{
	live_everywhere(true);
}

/* More page tables than roots, and a pool in which nothing else makes them go. */
static void test_more_tops_than_roots(void **state)
{
	nx = PTE_NX;
	live(false, 0xC0000000, MAX_TOPS, POOL_MAX, 6000);
	live(true, 0xC0000000, MAX_TOPS, POOL_MAX, 6000);
	live(false, 0xC0101000, MAX_TOPS, POOL_MAX, 6000);
	live(true, 0x80000000, MAX_TOPS, POOL_MAX, 6000);
}

/* Two pages of one table of the kernel's; the first is filled in some root that then goes. */
static void forgotten_kernel_table(bool is_pae, gva_t kernel, gva_t va)
{
	gva_t neighbour = va + PAGE_SIZE;
	unsigned r;

	nx = 0;
	start_guest(is_pae, kernel, MAX_TOPS, POOL_MAX);
	r = region_of(va);
	set_pte(0, r, va, 0x5000 | PTE_P | PTE_W | PTE_D);
	set_pte(0, r, neighbour, 0x6000 | PTE_P | PTE_W | PTE_D);
	switch_to(0);
	fault(va, PF_WRITE);
	for (unsigned t = 1; t <= SHADOW_ROOTS; t++)
		switch_to(t);
	set_pte(0, r, va, 0);
	shadow_set_pte(&g, m.top[m.current], va);
	fault(neighbour, 0);
	if (leaf_now(va))
		fail_msg("0x%08x is gone from the guest's tables, not from the shadow (kernel "
			 "0x%08x)",
			 va, kernel);
	check_all();
}

/*
 * SET_PTE of a kernel address goes through the roots; a shared table that no
 * root refers to at that moment comes back later with what it had.
 */
static void test_set_pte_reaches_kernel_tables_no_root_refers_to(void **state)
{
	forgotten_kernel_table(false, 0xC0000000, 0xC0000000);
	forgotten_kernel_table(true, 0xC0000000, 0xC0000000);
}

static void test_set_pte_reaches_kernel_tables_below_3_gib(void **state)
{
	forgotten_kernel_table(false, 0x80000000, 0x80000000);
	forgotten_kernel_table(true, 0x80000000, 0x80000000);
}

static void test_set_pte_reaches_kernel_tables_of_unaligned_kernels(void **state)
{
	forgotten_kernel_table(false, 0xC0101000, 0xC0400000);
	forgotten_kernel_table(true, 0x00100000, 0x00200000);
}

/*
 * One entry of a 2-level top covers a 2 MiB piece below the kernel's address
 * and one above: the upper belongs to all, whichever top is named.
 */
static void test_set_pgd_half_kernel_by_a_top_not_shadowed(void **state)
{
	unsigned r;

	nx = 0;
	start_guest(false, 0xC0200000, 3, SHADOW_POOL_MIN);
	r = region_of(0xC0000000);
	set_pte(0, r, 0xC0200000, 0x5000 | PTE_P | PTE_W | PTE_D);
	switch_to(0);
	fault(0xC0200000, PF_WRITE);
	set_pde(0, r, 0);
	shadow_set_top_entry(&g, m.top[2], 0x300);
	if (leaf_now(0xC0200000))
		fail_msg("the kernel's page is still mapped");
}

/* A pool too small for what a lone root wants: it loses its tables, never itself. */
static void test_one_root_recycles_its_own(void **state)
{
	nx = 0;
	start_guest(false, 0xC0000000, 1, SHADOW_POOL_MIN);
	switch_to(0);
	for (uint32_t i = 1; i < 1023; i++)
		poke(m.top[0] + i * 4, m.pt[0][0] | 7);
	for (uint32_t i = 0; i < 4 * 1022; i++) {
		fault(((i * 7 % 1022 + 1) << 22) + (i & 1) * MIB(2), 0);
		assert_true(g.shadow.roots[g.shadow.current].is_used);
		check_pool();
	}
	assert_true(g.shadow.recycled > 10);
	check_all();
}

static void start_linear(void)
{
	nx = 0;
	start_guest(false, 0xC0000000, 1, SHADOW_POOL_MIN);
}

static void test_linear_mode(void **state)
{
	unsigned error_code;

	start_linear();
	for (gva_t va = 0; va < MEM_BYTES; va += 0x5FFF) {
		error_code = PF_WRITE | PF_USER;
		assert_int_equal(shadow_fault(&g, va, &error_code, &device), SHADOW_FIXED);
		assert_true((leaf_now(va) & PTE_ADDR) == g.base + (va & PAGE_MASK));
	}
	error_code = PF_WRITE | PF_PRESENT;
	assert_int_equal(shadow_fault(&g, MEM_BYTES, &error_code, &device), SHADOW_DENIED);
	assert_int_equal(error_code, PF_WRITE);
	check_pool();
	assert_int_equal(shadow_audit(&g), 0);
	switch_to(0); /* none of it is left */
	assert_true(leaf_now(0x1000) == 0 && leaf_now(0x3FF000) == 0);
	check_all();
}

static void test_window_is_denied(void **state)
{
	static const gva_t inside[] = {WINDOW_BASE, WINDOW_BASE + 0x11000, 0xFFFFFFFF};

	start_linear();
	for (int linear = 1; linear >= 0; linear--) {
		for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
			unsigned error_code = PF_PRESENT | PF_WRITE;

			assert_int_equal(shadow_fault(&g, inside[i], &error_code, &device),
					 SHADOW_DENIED);
			assert_int_equal(error_code, PF_WRITE); /* not there, as far as it knows */
			shadow_set_pte(&g, m.top[0], inside[i]);
		}
		shadow_set_top_entry(&g, m.top[0], 1023);
		if (linear)
			switch_to(0);
	}
	check_all();
}

static void expect_end(uint64_t pde, uint64_t pte, enum shadow_result result)
{
	unsigned error_code = 0, free_before;

	start_linear();
	switch_to(0);
	free_before = g.shadow.free_pages;
	poke(pde_at(0, 0), pde ? pde : m.pt[0][0] | 7);
	poke(pte_at(0, 0, 0x1000), pte);
	assert_int_equal(shadow_fault(&g, 0x1234, &error_code, &device), result);
	assert_int_equal(fails, result == SHADOW_STOPPED);
	assert_int_equal(g.state == GUEST_DEAD, result == SHADOW_STOPPED);
	assert_int_equal(g.shadow.free_pages, free_before);
	assert_int_equal(shadow_audit(&g), 0);
}

static void test_broken_tables_stop_the_guest(void **state)
{
	expect_end(0, MEM_BYTES | 0x67, SHADOW_DEVICE);
	assert_int_equal(device, MEM_BYTES + 0x234);
	expect_end(0, 0xFFFFF067, SHADOW_DEVICE);
	assert_int_equal(device, 0xFFFFF234);
	expect_end(MEM_BYTES | 0x67, 0, SHADOW_STOPPED);
	expect_end(0x400000 | 0xE7, 0, SHADOW_STOPPED); /* a large page */
	expect_end(0x1000 | 0xE7, 0, SHADOW_STOPPED);
}

/* SET_PTE with such entries only leaves the shadow empty; a read-only stack is not pinned. */
static void test_broken_entries_are_not_shadowed(void **state)
{
	start_linear();
	switch_to(0);
	set_pte(0, 0, 0x1000, 0x7067);
	fault(0x1000, PF_WRITE);
	set_pte(0, 0, 0x1000, MEM_BYTES | 0x67);
	shadow_set_pte(&g, m.top[0], 0x1000);
	assert_true(leaf_now(0x1000) == 0);
	g.stack_pages = 1;
	g.vcpu.state.tss.esp1 = 0x2000;
	shadow_pin_stack(&g);
	assert_int_equal(fails, 0);
	check_pool();
	assert_int_equal(shadow_audit(&g), 0);
}

static void test_audit_counts_pages(void **state)
{
	start_linear();
	switch_to(0);
	assert_int_equal(shadow_audit(&g), 0);
	g.shadow.free_pages++;
	assert_int_equal(shadow_audit(&g), 1);
	g.shadow.roots[g.shadow.current].user_tables++;
	assert_int_equal(shadow_audit(&g), 2);
}

static void expect_refused_top(bool is_pae, gpa_t top)
{
	start_guest(is_pae, 0xC0000000, 1, SHADOW_POOL_MIN);
	switch_to(0);
	shadow_new_top(&g, top);
	assert_int_equal(fails, 1);
	assert_int_equal(g.shadow.tables.top, m.top[0]);
}

static void test_bad_arguments_stop_the_guest(void **state)
{
	static const uint32_t bad[] = {4, 512, 1024, 0x20000000, 0x7FFFFFFF, 0xFFFFFFFF};

	nx = 0;
	expect_refused_top(false, MEM_BYTES);
	expect_refused_top(false, 0x1020);
	expect_refused_top(false, 0xFFFFF000);
	expect_refused_top(true, MEM_BYTES);
	expect_refused_top(true, 0x1010);
	expect_refused_top(true, 0xFFFFFFE0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (int pae = 0; pae < 2; pae++) {
			start_guest(pae, 0xC0000000, 1, SHADOW_POOL_MIN);
			switch_to(0);
			shadow_set_top_entry(&g, m.top[0], bad[i]);
			assert_int_equal(fails, pae ? 1 : bad[i] >= 1024);
			fails = 0;
			shadow_set_pmd(&g, m.dir[0][0], bad[i]);
			/* hypercall.c keeps SET_PMD from guests without PAE */
			assert_int_equal(fails, pae ? bad[i] >= 512 : 0);
			fails = 0;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_lives_two_level),
		cmocka_unit_test(test_random_lives_pae),
		cmocka_unit_test(test_more_tops_than_roots),
		cmocka_unit_test(test_set_pte_reaches_kernel_tables_no_root_refers_to),
		cmocka_unit_test(test_set_pte_reaches_kernel_tables_below_3_gib),
		cmocka_unit_test(test_set_pte_reaches_kernel_tables_of_unaligned_kernels),
		cmocka_unit_test(test_set_pgd_half_kernel_by_a_top_not_shadowed),
		cmocka_unit_test(test_one_root_recycles_its_own),
		cmocka_unit_test(test_linear_mode),
		cmocka_unit_test(test_window_is_denied),
		cmocka_unit_test(test_broken_tables_stop_the_guest),
		cmocka_unit_test(test_broken_entries_are_not_shadowed),
		cmocka_unit_test(test_audit_counts_pages),
		cmocka_unit_test(test_bad_arguments_stop_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
