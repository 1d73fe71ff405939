/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bystander's memory: a pattern page by page, its own image, its page tables. */
#include "test/guests/bystander/bystander.h"

#define PAGES_WATCHED 512u
#define PAGES_A_TICK  8u
#define WORDS         (PAGE_SIZE / 4)

extern char guest_entry[], guest_user_start[], guest_user_end[];
extern const uint32_t trap_stubs[];

static uint32_t first_gpa, generation[PAGES_WATCHED], next_page, pattern_seed;
static uint32_t image_sum, tables_sum;

static uint32_t word_of(uint32_t page, uint32_t word)
{
	return (page * WORDS + word + generation[page] * 0x9E3779B9u) * 2654435761u ^ pattern_seed;
}

static void write_page(uint32_t page)
{
	uint32_t *at = phys_to_virt(first_gpa + page * PAGE_SIZE);

	for (uint32_t n = 0; n < WORDS; n++)
		at[n] = word_of(page, n);
}

static void check_page(uint32_t page)
{
	const uint32_t *at = phys_to_virt(first_gpa + page * PAGE_SIZE);

	for (uint32_t n = 0; n < WORDS; n++)
		CHECK(at[n] == word_of(page, n), "its memory at 0x%x is 0x%x, not 0x%x",
		      first_gpa + page * PAGE_SIZE + n * 4, at[n], word_of(page, n));
}

static uint32_t sum(uint32_t total, const void *from, const void *to)
{
	for (const uint32_t *at = from; at < (const uint32_t *)to; at++)
		total = (total << 5 | total >> 27) + *at;
	return total;
}

/* Code and constants of ring 1, and those of ring 3 as their page tables show them. */
static uint32_t sum_image(void)
{
	uint32_t end = ALIGN_UP(addr32(trap_stubs), PAGE_SIZE); /* the last page of .rodata */
	uint32_t total = sum(0, guest_entry, (const void *)(uintptr_t)(end - PAGE_SIZE));

	return sum(total, guest_user_start, guest_user_end);
}

/* What the CPU may set in an entry is left out. */
static uint32_t sum_range(uint32_t total, uint32_t from, uint32_t bytes)
{
	for (uint32_t va = from; va - from < bytes; va += PAGE_SIZE) {
		pte_t pte = pt_get(pt_root(), va) & ~(PTE_ACCESSED | PTE_DIRTY);

		total = (total << 5 | total >> 27) + (uint32_t)pte + (uint32_t)(pte >> 32);
	}
	return total;
}

static uint32_t sum_tables(void)
{
	uint32_t total = sum_range(0, KERNEL_BASE, 4u << 20);

	total = sum_range(total, USER_BASE, 64 * PAGE_SIZE);
	return sum_range(total, 0xE0000000, 64 * PAGE_SIZE);
}

void memory_begin(uint32_t seed)
{
	pattern_seed = seed;
	first_gpa = boot_alloc_pages(PAGES_WATCHED);
	for (uint32_t page = 0; page < PAGES_WATCHED; page++)
		write_page(page);
	image_sum = sum_image();
	tables_sum = sum_tables();
}

void memory_check(void)
{
	for (uint32_t n = 0; n < PAGES_A_TICK; n++) {
		check_page(next_page);
		generation[next_page]++;
		write_page(next_page);
		next_page = (next_page + 1) % PAGES_WATCHED;
	}
}

void memory_check_more(void)
{
	CHECK(sum_image() == image_sum, "its code or constants changed");
	CHECK(sum_tables() == tables_sum, "its page tables changed");
}
