/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that LGUEST_INIT tells the three layouts of lguest_data apart, and refuses nonsense. */
/* unit-sources: core/init_call.c */
#include "core/init_call.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/log.h"
#include "test/unit/unit.h"

#define RAM       MIB(8)
#define BUS_PAGES 5u /* of the lguest bus, above RAM */
#define MEMORY    (RAM + BUS_PAGES * PAGE_SIZE)

static struct guest g;
static struct config_guest config = {.name = "unit"};
static struct regs regs;
static unsigned fails;
static bool tsc_is_trusted = true;
static gpa_t new_top;
static struct gate_rules rules_set;

void guest_fail(struct guest *who, const char *fmt, ...)
{
	who->state = GUEST_DEAD;
	fails++;
}

void shadow_new_top(struct guest *who, gpa_t top)
{
	new_top = top;
}

void vcpu_set_rules(struct vcpu *v, const struct gate_rules *rules)
{
	v->rules = rules_set = *rules;
}

static unsigned data_set;

void fast_set_data(struct guest *who)
{
	assert_non_null(who->data);
	data_set++;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
}

uint64_t clock_wall_ns(void)
{
	return 1000000007ull * NSEC_PER_SEC + 42;
}

uint32_t clock_tsc_khz(void)
{
	return 2000000;
}

bool clock_tsc_is_trusted(void)
{
	return tsc_is_trusted;
}

/* The five words behind tsc_khz, as a kernel of some version fills them. */
static struct lguest_answers read_words(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
	const uint32_t words[] = {a, b, c, d, e};
	struct lguest_data data;

	memset(&data, 0xA5, sizeof(data));
	memcpy(&data.v1, words, sizeof(words));
	return lguest_data_read(&data);
}

static void expect(struct lguest_answers is, unsigned layout, uint32_t start, uint32_t end,
		   uint32_t kernel, uint32_t vec)
{
	assert_int_equal(is.layout, layout);
	assert_int_equal(is.noirq_start, start);
	assert_int_equal(is.noirq_end, end);
	assert_int_equal(is.kernel_address, kernel);
	assert_int_equal(is.syscall_vec, vec);
}

static void test_linux(void **state)
{
	static const uint32_t kernels[] = {0xC0000000, 0x80000000, 0x40000000, 0xB0000000};
	static const uint32_t vectors[] = {0x80, 0x40, 0x90};
	static const uint32_t behind[] = {0, 1, 0x80, 0xFFFFFFFF, 0xC1234567, 0xC0000000};

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		for (size_t v = 0; v < ARRAY_SIZE(vectors); v++) {
			uint32_t kernel = kernels[k], vec = vectors[v];
			uint32_t from = kernel + 0x1234567, to = from + 0x21;

			for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
				expect(read_words(from, to, kernel, vec, behind[i]), 2, from, to,
				       kernel, vec);
				expect(read_words(from, kernel, vec, behind[i], behind[i]), 3, from,
				       from, kernel, vec);
			}
			expect(read_words(0, from, to, kernel, vec), 1, from, to, kernel, vec);
			/* page-aligned addresses mislead nobody */
			from = kernel + 0x1000000;
			to = from + 0x1000;
			expect(read_words(from, to, kernel, vec, 0), 2, from, to, kernel, vec);
			expect(read_words(from, kernel, vec, 0, 0), 3, from, from, kernel, vec);
			expect(read_words(0, from, to, kernel, vec), 1, from, to, kernel, vec);
		}
	}
}

static void test_own_guests(void **state)
{
	expect(read_words(0, 0, 0x100000, 0x80, 0), 2, 0, 0, 0x100000, 0x80);
	expect(read_words(0x101000, 0x101010, 0x100000, 0, 0), 2, 0x101000, 0x101010, 0x100000, 0);
	expect(read_words(0x102345, 0x100000, 0x80, 0, 0), 3, 0x102345, 0x102345, 0x100000, 0x80);
	expect(read_words(0, 0x100000, 0x80, 0, 0), 3, 0, 0, 0x100000, 0x80);
	expect(read_words(0, 0x101000, 0x101010, 0x100000, 0x80), 1, 0x101000, 0x101010, 0x100000,
	       0x80);
	expect(read_words(0, 0, 0, 0, 0), 2, 0, 0, 0, 0);
}

/* 4.1's layout with neither a noirq address nor a system call vector. */
static void test_v3_without_noirq_and_vector(void **state)
{
	expect(read_words(0x100010, 0x100000, 0, 0, 0), 3, 0x100010, 0x100010, 0x100000, 0);
}

static void expect_none(struct lguest_answers is)
{
	assert_int_equal(is.layout, 0);
}

static void test_absurd(void **state)
{
	expect_none(read_words(-1, -1, -1, -1, -1));
	expect_none(read_words(0xC1000001, 0xC1000000, 0xC0000001, 0x80, 0x80));
	expect_none(read_words(0xC1000000, 0xC1000010, 0xC0000800, 0x80, 0xDEAD));  /* unaligned */
	expect_none(read_words(0xC1000000, 0xC1000010, 0xC0000000, 0x180, 0xDEAD)); /* no vector */
	expect_none(read_words(0xFFD00000, 0xFFD00010, 0xFFC00000, 0x80, 0xDEAD));  /* the window */
	expect_none(read_words(0xB1000000, 0xB1000010, 0xC0000000, 0x80, 0xDEAD));  /* below it */
	expect_none(read_words(0xC1000010, 0xC1000000, 0xC0000000, 0x80, 0xDEAD));  /* backwards */
}

/* Whatever the words are, accepted answers make sense. */
static void test_random_words(void **state)
{
	static const uint32_t likely[] = {0,          0x80,       0x100000,   0xC0000000,
					  0xC1000000, 0xC1000123, 0xFFFFFFFF, 0xFFBFF000,
					  0xFFC00000, 0xFF,       0x100};
	struct unit_random r = {21};

	for (int i = 0; i < 300000; i++) {
		struct lguest_answers a;
		uint32_t w[5];

		for (int n = 0; n < 5; n++) {
			uint64_t x = unit_random(&r);

			w[n] = x & 0x700000000 ? likely[x % ARRAY_SIZE(likely)] : (uint32_t)x;
		}
		a = read_words(w[0], w[1], w[2], w[3], w[4]);
		if (!a.layout)
			continue;
		assert_true(a.layout <= 3);
		assert_true((a.kernel_address & 0xFFF) == 0 && a.kernel_address < 0xFFC00000);
		assert_true(a.syscall_vec < 256 && a.noirq_start <= a.noirq_end);
		assert_true(a.noirq_end == 0 || a.noirq_start >= a.kernel_address);
	}
}

/* A guest whose RAM is exactly its own allocation: a step outside is ASan's. */
static void start(uint32_t initrd_start)
{
	memset(&g, 0, sizeof(g));
	g.base = (uintptr_t)calloc(1, MEMORY);
	g.ram_bytes = RAM;
	g.mem_bytes = MEMORY;
	g.initrd_start = initrd_start;
	g.config = &config;
	g.state = GUEST_RUNNING;
	g.vcpu.regs = &regs;
	g.vcpu.rules.kernel_selector = LGUEST_CS;
	fails = 0;
	new_top = 0;
}

static void finish(void)
{
	free(guest_memory(&g));
}

static struct lguest_data *fill(gpa_t at, const uint32_t words[5])
{
	struct lguest_data *data = (struct lguest_data *)(guest_memory(&g) + at);

	memcpy(&data->v1, words, 5 * sizeof(*words));
	return data;
}

static void test_init_answers(void **state)
{
	static const uint32_t words[] = {0xC1000000, 0xC1000010, 0xC0000000, 0x80, 0};
	struct lguest_data *data;

	start(RAM);
	data = fill(0x1000, words);
	guest_init_call(&g, 0x1000);
	assert_int_equal(fails, 0);
	assert_ptr_equal(g.data, data);
	assert_int_equal(g.kernel_address, 0xC0000000);
	assert_int_equal(g.noirq_start, 0xC1000000);
	assert_int_equal(g.noirq_end, 0xC1000010);
	assert_int_equal(rules_set.syscall_vector, 0x80);
	assert_int_equal(rules_set.kernel_selector, LGUEST_CS);
	assert_int_equal(data->reserve_mem, 4u << 20);
	assert_int_equal(data->tsc_khz, 2000000);
	assert_int_equal(data->time_sec, 1000000007);
	assert_int_equal(data->time_nsec, 42);
	assert_int_equal(new_top, 0);
	guest_init_call(&g, 0x1000); /* once only */
	assert_int_equal(fails, 1);
	finish();
}

static void test_init_outside_of_memory(void **state)
{
	static const uint32_t size = sizeof(struct lguest_data);
	static const gpa_t bad[] = {RAM - 4, RAM, MEMORY - 4, MEMORY, 0xFFFFFFFC, 0x80000000};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start(RAM);
		guest_init_call(&g, bad[i]);
		assert_int_equal(fails, 1);
		assert_null(g.data);
		finish();
	}
	start(RAM);
	guest_init_call(&g, RAM - size + 4);
	assert_int_equal(fails, 1);
	finish();
	start(RAM);
	guest_init_call(&g, RAM - size); /* the last that fits */
	assert_int_equal(fails, 0);
	finish();
}

static void test_vectors_of_the_host_are_refused(void **state)
{
	for (uint32_t vec = 0; vec < 256; vec++) {
		const uint32_t words[] = {0xC1000000, 0xC1000010, 0xC0000000, vec, 0};

		start(RAM);
		fill(0, words);
		guest_init_call(&g, 0);
		assert_int_equal(fails, !(vec == 0 || (vec >= 0x20 && vec < 0xD0)));
		assert_true(!g.data == (fails > 0));
		finish();
	}
}

/* 2.6.31: page tables by the host, identity and at the kernel's address, below the initrd. */
static void test_first_tables_of_v1(void **state)
{
	static const uint32_t words[] = {0, 0xC1000000, 0xC1000010, 0xC0000000, 0x80};
	static const uint32_t initrds[] = {RAM, RAM - 0x1000, RAM / 2 + 0x123};

	for (size_t i = 0; i < ARRAY_SIZE(initrds); i++) {
		struct lguest_data *data;
		const uint32_t *pgd, *pt;

		start(initrds[i]);
		data = fill(0x1000, words);
		guest_init_call(&g, 0x1000);
		assert_int_equal(fails, 0);
		assert_int_equal(data->v1.pgdir, new_top);
		assert_true(new_top % 4096 == 0 && new_top + 4096 <= initrds[i]);
		pgd = (const uint32_t *)(guest_memory(&g) + new_top);
		for (uint32_t page = 0; page < RAM >> 12; page++) {
			assert_int_equal(pgd[page >> 10], pgd[768 + (page >> 10)]);
			assert_int_equal(pgd[page >> 10] & 0xFFF, 7);
			assert_true((pgd[page >> 10] & ~0xFFFu) > new_top);
			assert_true((pgd[page >> 10] & ~0xFFFu) + 4096 <= initrds[i]);
			pt = (const uint32_t *)(guest_memory(&g) + (pgd[page >> 10] & ~0xFFFu));
			assert_int_equal(pt[page & 1023], page << 12 | 7);
		}
		for (unsigned n = 2; n < 1024; n++)
			assert_true(n == 768 || n == 769 || pgd[n] == 0);
		finish();
	}
}

/* The same with PAE: one directory at 0 and at the kernel's address, entries of 8 bytes. */
static void test_first_pae_tables_of_v1(void **state)
{
	static const uint32_t words[] = {0, 0xC1000000, 0xC1000010, 0xC0000000, 0x80};
	const uint64_t *top, *directory, *pt;

	start(RAM - 0x1000);
	g.first_tables_pae = true;
	fill(0x1000, words);
	guest_init_call(&g, 0x1000);
	assert_int_equal(fails, 0);
	top = (const uint64_t *)(guest_memory(&g) + new_top);
	assert_true(top[0] == top[3] && top[1] == 0 && top[2] == 0 && (top[0] & 0xFFF) == 1);
	directory = (const uint64_t *)(guest_memory(&g) + (top[0] & ~0xFFFull));
	for (uint32_t page = 0; page < RAM >> 12; page++) {
		assert_true((directory[page >> 9] & 0xFFF) == 7);
		assert_true((directory[page >> 9] & ~0xFFFull) + 4096 <= RAM - 0x1000);
		pt = (const uint64_t *)(guest_memory(&g) + (directory[page >> 9] & ~0xFFFull));
		assert_true(pt[page & 511] == (page << 12 | 7));
	}
	assert_true(directory[RAM >> 21] == 0);
	finish();
}

static void test_v1_without_room_for_tables(void **state)
{
	static const uint32_t words[] = {0, 0xC1000000, 0xC1000010, 0xC0000000, 0x80};
	static const uint32_t initrds[] = {0, 1, 0x1000, 0x2FFF, MIB(1)};

	for (size_t i = 0; i < ARRAY_SIZE(initrds); i++) {
		start(initrds[i]);
		fill(0x1000, words);
		guest_init_call(&g, 0x1000);
		assert_int_equal(fails, 1);
		finish();
	}
}

static void test_no_layout_stops_the_guest(void **state)
{
	static const uint32_t words[] = {7, 5, 3, 0x101, 9};

	start(RAM);
	fill(0, words);
	guest_init_call(&g, 0);
	assert_int_equal(fails, 1);
	assert_null(g.data);
	finish();
}

static void test_who_may_trust_the_tsc(void **state)
{
	static const uint32_t words[] = {0xC1000000, 0xC1000010, 0xC0000000, 0x80, 0};
	static const struct {
		enum config_tsc tsc;
		bool is_trusted, is_told;
	} tries[] = {
		{CONFIG_TSC_AUTO, true, true},
		{CONFIG_TSC_AUTO, false, false},
		{CONFIG_TSC_ON, false, true},
		{CONFIG_TSC_OFF, true, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		start(RAM);
		config.tsc = tries[i].tsc;
		tsc_is_trusted = tries[i].is_trusted;
		fill(0, words);
		guest_init_call(&g, 0);
		assert_int_equal(g.data->tsc_khz, tries[i].is_told ? 2000000 : 0);
		finish();
	}
	config.tsc = CONFIG_TSC_AUTO;
	tsc_is_trusted = true;
}

/* RAM that ends within a table; a kernel so high that its tables would reach the last entry. */
static void test_first_tables_end_in_time(void **state)
{
	static const uint32_t words[] = {0, 0xFF900000, 0xFF900010, 0xFF800000, 0x80};
	const uint32_t *pgd, *pt;

	start(RAM - 0x3000);
	g.ram_bytes = RAM - 0x3000;
	fill(0, words);
	guest_init_call(&g, 0);
	assert_int_equal(fails, 0);
	pgd = (const uint32_t *)(guest_memory(&g) + new_top);
	assert_int_equal(pgd[1022], pgd[0]);
	assert_int_equal(pgd[1023], 0);
	pt = (const uint32_t *)(guest_memory(&g) + (pgd[1] & ~0xFFFu));
	assert_int_equal(pt[1020], (RAM - 0x4000) | 7);
	assert_int_equal(pt[1021], 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_own_guests),
		cmocka_unit_test(test_v3_without_noirq_and_vector),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_random_words),
		cmocka_unit_test(test_init_answers),
		cmocka_unit_test(test_init_outside_of_memory),
		cmocka_unit_test(test_vectors_of_the_host_are_refused),
		cmocka_unit_test(test_first_tables_of_v1),
		cmocka_unit_test(test_first_pae_tables_of_v1),
		cmocka_unit_test(test_v1_without_room_for_tables),
		cmocka_unit_test(test_no_layout_stops_the_guest),
		cmocka_unit_test(test_who_may_trust_the_tsc),
		cmocka_unit_test(test_first_tables_end_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
