/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that shadows follow guests that move, exchange and share page tables, in batches. */
/* unit-sources: core/shadow.c core/shadow_blocks.c core/shadow_pool.c core/shadow_tables.c */
/* unit-sources: arch/x86/guest_walk.c core/trace.c core/fast.c */
/* unit-flags: -DSHADOW_RESYNC_BUDGET=40u */
#include "test/unit/shadow_fixture.h"

#define BATCH_MAX 64u

/* Calls that a guest queues; it makes all its changes to memory before the first is heard of. */
static struct {
	enum { SET_PTE, SET_PDE, NEW_TOP } what;
	unsigned top, region;
	gva_t va;
} batch[BATCH_MAX];

static unsigned batched;

static void queue(unsigned what, unsigned top, unsigned region, gva_t va)
{
	assert_true(batched < BATCH_MAX);
	batch[batched].what = what;
	batch[batched].top = top;
	batch[batched].region = region;
	batch[batched++].va = va;
}

static void tell_pde(unsigned t, unsigned r)
{
	if (m.is_pae)
		shadow_set_pmd(&g, m.dir[t][m.base[r] >> 30], m.base[r] >> 21 & 511);
	else
		shadow_set_top_entry(&g, m.top[t], m.base[r] >> 22);
}

static void tell_all(void)
{
	for (unsigned i = 0; i < batched; i++) {
		unsigned t = batch[i].top;

		if (batch[i].what == SET_PTE)
			shadow_set_pte(&g, m.top[t], batch[i].va);
		else if (batch[i].what == SET_PDE)
			tell_pde(t, batch[i].region);
		else
			shadow_new_top(&g, m.top[t]);
	}
	batched = 0;
}

/* A region that is a top's own as a whole. */
static unsigned user_region(void)
{
	unsigned r;

	do
		r = below(m.regions);
	while (is_kernel_region(r) || is_mixed_region(r));
	return r;
}

/* Wherever the page table is in use, the guest says so. */
static void change_pte(unsigned t, unsigned r)
{
	gva_t va = slot_va(r, below(SLOTS));
	gpa_t table = m.pt[t][r];

	set_pte(t, r, va, random_pte());
	for (unsigned i = 0; i < m.tops; i++)
		for (unsigned other = 0; other < m.regions; other++)
			if (m.pt[i][other] == table && (!is_kernel_region(other) || i == t))
				queue(SET_PTE, i, 0, va - m.base[r] + m.base[other]);
}

static void move(unsigned t, unsigned r, gpa_t table)
{
	m.pt[t][r] = table;
	set_pde(t, r, random_pde(t, r));
}

/* Two of the top's regions change tables, or it takes one that another has. */
static void move_user_tables(bool must_tell)
{
	unsigned t = below(2) ? m.current : below(m.tops), from = below(m.tops);
	unsigned r = user_region(), other = user_region();
	gpa_t table = m.pt[t][r];

	t = must_tell ? t : m.current;
	move(t, r, m.pt[from][other]);
	if (must_tell)
		queue(SET_PDE, t, r, 0);
	if (from != t)
		return;
	move(t, other, table);
	if (must_tell)
		queue(SET_PDE, t, other, 0);
}

/* Of the kernel's regions two change tables, in all tops; any of these is named. */
static void move_kernel_tables(void)
{
	unsigned r = below(m.regions), other = below(m.regions), t = below(m.tops);
	gpa_t table = m.pt[0][r];

	if (!is_kernel_region(r) || !is_kernel_region(other))
		return;
	for (unsigned i = 0; i < m.tops; i++) {
		m.pt[i][r] = m.pt[i][other];
		m.pt[i][other] = table;
	}
	set_pde(t, r, random_pde(t, r));
	set_pde(t, other, random_pde(t, other));
	queue(SET_PDE, t, r, 0);
	queue(SET_PDE, t, other, 0);
}

/* What a table holds is new as a whole, while no entry leads to it. */
static void renew_table(void)
{
	unsigned t = below(m.tops), r = user_region();

	for (unsigned i = 0; i < m.tops; i++)
		for (unsigned other = 0; other < m.regions; other++)
			if ((i != t || other != r) && m.pt[i][other] == m.pt[t][r])
				return;
	set_pde(t, r, 0);
	tell_pde(t, r);
	for (unsigned s = 0; s < SLOTS; s++)
		set_pte(t, r, slot_va(r, s), random_pte());
	set_pde(t, r, random_pde(t, r)); /* from absent to present: nobody need know */
}

static void random_fault(void)
{
	gva_t va = slot_va(below(m.regions), below(SLOTS));
	unsigned error_code = below(4) << 1; /* PF_WRITE, PF_USER */
	struct ref ref;
	uint64_t device;

	if (shadow_fault(&g, va, &error_code, &device) != SHADOW_FIXED)
		return;
	ref = ref_walk(memory, MEM_BYTES, m.is_pae, m.top[m.current], va);
	assert_true(ref.kind == REF_MAPPED && (leaf_now(va) & PTE_ADDR) == g.base + ref.page);
}

static void run_batch(void)
{
	unsigned current = m.current;

	for (unsigned n = 1 + below(5); n > 0 && batched < BATCH_MAX / 2; n--) {
		switch (below(6)) {
		case 0:
			move_user_tables(true);
			break;
		case 1:
			move_kernel_tables();
			break;
		case 2:
			current = below(m.tops);
			queue(NEW_TOP, current, 0, 0);
			break;
		default:
			change_pte(below(2) ? m.current : below(m.tops), below(m.regions));
		}
	}
	for (unsigned n = below(4); n > 0; n--)
		random_fault(); /* it goes on before the calls are made */
	m.current = current;
	tell_all();
}

static void move_and_flush(void)
{
	for (unsigned n = 1 + below(4); n > 0; n--) {
		unsigned r = user_region();

		if (below(2))
			move_user_tables(false);
		else
			set_pte(m.current, r, slot_va(r, below(SLOTS)), random_pte());
	}
	/* a table that other tops have too may have changed */
	shadow_flush_all(&g);
}

static void step(void)
{
	switch (below(16)) {
	case 0:
		m.current = below(m.tops);
		shadow_new_top(&g, m.top[m.current]);
		break;
	case 1:
	case 2:
	case 3:
		run_batch();
		break;
	case 4:
		move_and_flush();
		break;
	case 5:
		renew_table();
		break;
	case 6:
		shadow_set_top_entry(&g, m.top[below(m.tops)], below(m.is_pae ? 4 : 1024));
		break;
	default:
		random_fault();
	}
}

static void live(bool is_pae, gva_t kernel, unsigned tops, uint32_t pool_pages)
{
	rnd.state = 0xA77AC4 + kernel + tops * 2 + is_pae;
	start_guest(is_pae, kernel, tops, pool_pages);
	shadow_new_top(&g, m.top[0]);
	for (int i = 0; i < 700; i++) {
		step();
		check_all();
	}
	assert_true(g.shadow.filled > 100);
}

static void test_moved_tables(void **state)
{
	static const gva_t kernels[] = {0xC0000000, 0x80000000, 0xC0101000, 0xC0200000};

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		for (unsigned format = 0; format < 2; format++) {
			nx = k % 2 ? PTE_NX : 0;
			live(format, kernels[k], 2, SHADOW_POOL_MIN);
			live(format, kernels[k], 3, 200);
			live(format, kernels[k], 20, 200);
		}
	}
}

/* Every page of a region that is the guest's own, as its table says; the shadow has all of them. */
static void fault_region(unsigned r)
{
	for (unsigned s = 0; s < SLOTS; s++) {
		gva_t va = slot_va(r, s);
		unsigned error_code = 0;
		uint64_t device;

		assert_int_equal(shadow_fault(&g, va, &error_code, &device), SHADOW_FIXED);
		assert_true((leaf_now(va) & PTE_ADDR) ==
			    g.base + (peek(pte_at(0, r, va)) & PAGE_MASK));
	}
}

static void fill_region(unsigned r, gpa_t page)
{
	for (unsigned s = 0; s < SLOTS; s++)
		set_pte(0, r, slot_va(r, s), (page + s * PAGE_SIZE) | PTE_P | PTE_A);
}

static unsigned count_stale(void)
{
	const struct shadow *s = &g.shadow;
	unsigned stale = 0;

	for (uint32_t n = s->first_table[s->current]; n; n = s->tables_of[n].next)
		stale += s->tables_of[n].is_stale;
	return stale;
}

/* A flush compares no more than it may; what was left until it is used leads elsewhere by then. */
static void test_moved_while_stale(void **state)
{
	for (unsigned format = 0; format < 2; format++) {
		nx = 0;
		start_guest(format, 0xC0000000, 1, 200);
		shadow_new_top(&g, m.top[0]);
		for (unsigned r = 0; r < m.regions; r++) {
			if (is_kernel_region(r))
				continue;
			set_pde(0, r, m.pt[0][r] | 7 | PTE_A);
			fill_region(r, 0x100000);
			fault_region(r);
			fill_region(r, 0x180000);
		}
		shadow_flush_all(&g);
		assert_true(count_stale() > 0);
		for (unsigned r = 0; r < m.regions; r++) {
			if (is_kernel_region(r))
				continue;
			m.pt[0][r] = take_page();
			fill_region(r, 0x200000);
			set_pde(0, r, m.pt[0][r] | 7 | PTE_A);
		}
		shadow_flush_all(&g);
		for (unsigned r = 0; r < m.regions; r++)
			if (!is_kernel_region(r))
				fault_region(r);
		assert_int_equal(count_stale(), 0);
		check_all();
	}
}

/* A table is made ahead of its use for the address space that is current, and for no other. */
static void test_set_pte_of_another_top(void **state)
{
	gva_t va = 0x40000000;

	for (unsigned format = 0; format < 2; format++) {
		uint32_t free_pages;
		unsigned r = 0;

		nx = 0;
		start_guest(format, 0xC0000000, 2, 200);
		while (m.base[r] != va)
			r++;
		shadow_new_top(&g, m.top[1]);
		shadow_new_top(&g, m.top[0]);
		free_pages = g.shadow.free_pages;
		for (unsigned t = 0; t < 2; t++)
			set_pte(t, r, va, 0x5000 | PTE_P | PTE_A);
		shadow_set_pte(&g, m.top[1], va);
		assert_int_equal(g.shadow.free_pages, free_pages);
		assert_true(leaf_now(va) == 0);
		shadow_set_pte(&g, m.top[0], va);
		assert_true((leaf_now(va) & PTE_ADDR) == g.base + 0x5000);
		check_all();
	}
}

/* The kernel begins within a directory; another root that never had that one becomes current. */
static void test_shared_entry_and_a_root_without_the_directory(void **state)
{
	unsigned error_code = 0, r = 0;
	uint64_t device;

	nx = 0;
	start_guest(true, 0xBFE00000, 2, 200);
	while (m.base[r] != 0xBFE00000)
		r++;
	shadow_new_top(&g, m.top[0]);
	set_pte(0, r, 0xBFE00000, 0x5000 | PTE_P | PTE_A);
	assert_int_equal(shadow_fault(&g, 0xBFE00000, &error_code, &device), SHADOW_FIXED);
	set_pde(0, r, 0);
	tell_pde(0, r);
	m.current = 1;
	shadow_new_top(&g, m.top[1]);
	assert_true(leaf_now(0xBFE00000) == 0);
	check_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved_tables),
		cmocka_unit_test(test_moved_while_stale),
		cmocka_unit_test(test_set_pte_of_another_top),
		cmocka_unit_test(test_shared_entry_and_a_root_without_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
