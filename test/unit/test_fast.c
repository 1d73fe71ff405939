/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that the fast tier's aliases show a guest its own memory only, and the audit sees others.
 */
/* unit-sources: core/fast.c arch/x86/guest_walk.c */
#include "core/fast.h"

#include <string.h>

#include "arch/x86/paging.h"
#include "core/clock.h"
#include "core/guest.h"
#include "core/trace_dump.h"
#include "test/unit/unit.h"

#define MEM_PAGES 64u
#define SLOT(va)  (((va)-WINDOW_FAST) >> PAGE_SHIFT)
#define NX        0x8000000000000000ull
#define READ_ONLY (PTE_P | PTE_A | NX)

static uint8_t memory[MEM_PAGES * PAGE_SIZE] ALIGNED(4096);
static uint64_t aliases[PTE_ENTRIES];
static struct config_guest config;
static struct guest g;
static uint32_t kinds;
static bool allowed;

uint32_t clock_ns_per_tick(void)
{
	return 12345;
}

uint32_t trace_kinds(void)
{
	return kinds;
}

void vcpu_set_data(struct vcpu *v, uint32_t address)
{
	v->fast.data = address;
}

void vcpu_allow_fast(struct vcpu *v, bool allow)
{
	assert_ptr_equal(v, &g.vcpu);
	allowed = allow;
}

static int set_up(void **unused)
{
	(void)unused;
	memset(&g, 0, sizeof(g));
	memset(memory, 0, sizeof(memory));
	memset(aliases, 0, sizeof(aliases));
	g.config = &config;
	g.base = (hpa_t)(uintptr_t)memory;
	g.mem_bytes = g.ram_bytes = sizeof(memory);
	g.shadow.nx = (uint32_t)(NX >> 32);
	g.shadow.tables = (struct guest_tables){.memory = memory, .bytes = sizeof(memory)};
	fast_init(&g, aliases);
	return 0;
}

static uint64_t shows(uint32_t page)
{
	return g.base + page * PAGE_SIZE;
}

static unsigned in_use(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PTE_ENTRIES; i++)
		n += aliases[i] != 0;
	return n;
}

static void test_own_page(void **unused)
{
	uint64_t own = (uintptr_t)&g.vcpu.fast | READ_ONLY;

	(void)unused;
	assert_int_equal(g.vcpu.fast.ns_per_tick, 12345);
	assert_true(aliases[SLOT(WINDOW_FAST_PAGE)] == own && in_use() == 1);
	assert_int_equal(fast_audit(&g), 0);
	aliases[SLOT(WINDOW_FAST_PAGE)] = own | PTE_W;
	assert_int_equal(fast_audit(&g), 1);
}

/* Wherever it lies: in one page, or across two. */
static void test_data(void **unused)
{
	const uint32_t last = PAGE_SIZE - sizeof(struct lguest_data);

	for (uint32_t offset = 0; offset < PAGE_SIZE; offset++) {
		uint64_t *at = &aliases[SLOT(WINDOW_FAST_DATA)];

		set_up(unused);
		g.data = (struct lguest_data *)(memory + 5 * PAGE_SIZE + offset);
		fast_set_data(&g);
		assert_int_equal(g.vcpu.fast.data, WINDOW_FAST_DATA + offset);
		assert_true(at[0] == (shows(5) | READ_ONLY | PTE_W | PTE_D));
		assert_true(at[1] == (offset > last ? shows(6) | READ_ONLY | PTE_W | PTE_D : 0));
		assert_int_equal(fast_audit(&g), 0);
	}
}

static void test_directories(void **unused)
{
	uint64_t *at = &aliases[SLOT(WINDOW_FAST_DIR)], *tops = (uint64_t *)(memory + 32);

	(void)unused;
	g.shadow.tables.top = 7 * PAGE_SIZE;
	fast_set_top(&g);
	assert_int_equal(g.vcpu.fast.walk, FAST_WALK_2LEVEL);
	assert_true(at[0] == (shows(7) | READ_ONLY) && in_use() == 2);
	g.shadow.tables.is_pae = true;
	g.shadow.tables.top = 32;
	tops[0] = 3 * PAGE_SIZE | PTE_P;
	tops[1] = 4 * PAGE_SIZE;                             /* absent */
	tops[2] = (uint64_t)MEM_PAGES << PAGE_SHIFT | PTE_P; /* outside */
	tops[3] = (MEM_PAGES - 1) * PAGE_SIZE | PTE_P;
	fast_set_top(&g);
	assert_int_equal(g.vcpu.fast.walk, FAST_WALK_PAE);
	assert_true(at[0] == (shows(3) | READ_ONLY) && !at[1] && !at[2]);
	assert_true(at[3] == (shows(MEM_PAGES - 1) | READ_ONLY));
	assert_int_equal(fast_audit(&g), 0);
}

static void test_tables(void **unused)
{
	(void)unused;
	for (uint32_t page = 1; page < MEM_PAGES; page++) {
		fast_note_table(&g, page * PAGE_SIZE + 0xFFC);
		assert_int_equal(g.vcpu.fast.tables[page % FAST_TABLES], page);
		assert_true(aliases[page % FAST_TABLES] == (shows(page) | READ_ONLY));
	}
	assert_int_equal(in_use(), MEM_PAGES);
	fast_note_table(&g, 8); /* a slot's 0 stands for none */
	assert_true(!aliases[0]);
	assert_int_equal(fast_audit(&g), 0);
}

/* Each slot, with each thing that must not be there. */
static void test_audit(void **unused)
{
	for (unsigned slot = 0; slot < PTE_ENTRIES; slot++) {
		bool is_data = slot - SLOT(WINDOW_FAST_DATA) < 2;
		uint64_t good = shows(2) | READ_ONLY | (is_data ? PTE_W | PTE_D : 0);
		const uint64_t bad[] = {good ^ PTE_W,
					good & ~NX,
					good | PTE_U,
					good - 3 * PAGE_SIZE,
					good + MEM_PAGES * PAGE_SIZE,
					good | 1ull << 40,
					shows(2)};

		set_up(unused);
		if (slot == SLOT(WINDOW_FAST_PAGE))
			continue;
		aliases[slot] = good;
		assert_int_equal(fast_audit(&g), 0);
		for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
			aliases[slot] = bad[i];
			assert_int_equal(fast_audit(&g), 1);
		}
	}
}

static void test_allow(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 4; i++) {
		config.no_fast = i & 1;
		kinds = i & 2;
		fast_allow(&g);
		assert_int_equal(allowed, i == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_own_page, set_up),
		cmocka_unit_test_setup(test_data, set_up),
		cmocka_unit_test_setup(test_directories, set_up),
		cmocka_unit_test_setup(test_tables, set_up),
		cmocka_unit_test_setup(test_audit, set_up),
		cmocka_unit_test_setup(test_allow, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
