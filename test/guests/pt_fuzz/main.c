/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random changes of page tables, each told as the interface wants it: never a stale mapping. */
/* paging: both */
/* expect: success */
/* guest-line: mem=16M shadow=256K */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define ROOTS  6
#define TABLES 5 /* places for bottom tables in each address space */
#define SLOTS  4 /* pages used in each */
#define PAGES  24
#define SPARE  64
#define ROUNDS 30000

static uint32_t state = 0x1234567, roots[ROOTS], pages, spare[SPARE], spares, now;
/* 0: absent; else page + 1, and whether it may be written */
static struct {
	uint8_t page, writable;
} model[ROOTS][TABLES][SLOTS];
static bool has_table[ROOTS][TABLES];

static uint32_t random(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (state >> 4) % below;
}

static uint32_t va_of(unsigned table, unsigned slot)
{
	return 0x10000000u + table * 0x2AC00000u / 0x400000 * 0x400000 % 0xA0000000u +
	       slot * 3 * PAGE_SIZE;
}

static void fresh_table(unsigned r, unsigned t)
{
	uint32_t page = spare[--spares];

	memset(phys_to_virt(page), 0, PAGE_SIZE);
	if (random(2))
		pt_set_upper(roots[r], va_of(t, 0), page | PTE_TABLE);
	else
		pt_write_upper(roots[r], va_of(t, 0), page | PTE_TABLE | 0); /* absent to present */
	has_table[r][t] = true;
}

static void drop_table(unsigned r, unsigned t)
{
	uint32_t page = (uint32_t)pt_get_upper(roots[r], va_of(t, 0)) & PAGE_MASK;

	pt_set_upper(roots[r], va_of(t, 0), 0);
	memset(phys_to_virt(page), 0xFF, PAGE_SIZE);
	spare[spares++] = page;
	has_table[r][t] = false;
	memset(model[r][t], 0, sizeof(model[r][t]));
}

/* Another process gets the top table: emptied as kernels do, then used again. */
static void reuse_root(unsigned r)
{
	for (unsigned t = 0; t < TABLES; t++)
		if (has_table[r][t])
			drop_table(r, t);
}

static void change(unsigned r, unsigned t, unsigned s)
{
	uint32_t va = va_of(t, s);
	unsigned page = random(PAGES);
	pte_t e = (pages + page * PAGE_SIZE) | PTE_PRESENT, old;

	if (!has_table[r][t])
		fresh_table(r, t);
	old = pt_get(roots[r], va);
	if (random(2))
		e |= PTE_WRITE;
	if (random(2))
		e |= PTE_ACCESSED;
	if (e & PTE_ACCESSED && random(2))
		e |= PTE_DIRTY;
	if (random(4) == 0)
		e = random(2) ? 0 : e & ~PTE_PRESENT;
	pt_write(roots[r], va, e);
	if (old & PTE_PRESENT || random(2)) {
		if (r == now && random(4) == 0)
			hcall1(LHCALL_FLUSH_TLB, 0);
		else if (random(8) == 0)
			hcall1(LHCALL_FLUSH_TLB, 1);
		else if (random(4) == 0)
			hcall_async(LHCALL_SET_PTE, roots[r], va, 0, 0);
		else
			pt_call_set_pte(roots[r], va, e);
	}
	hcall0(LHCALL_FLUSH_ASYNC);
	model[r][t][s].page = e & PTE_PRESENT ? page + 1 : 0;
	model[r][t][s].writable = !!(e & PTE_WRITE);
}

static void look(unsigned t, unsigned s)
{
	uint32_t va = va_of(t, s), value = 0, tag;
	unsigned page = model[now][t][s].page;
	bool can_write = page && model[now][t][s].writable, ok;
	pte_t e;

	ok = try_read(va, &value);
	CHECK(ok == !!page, "root %u va 0x%x: %s", now, va, ok ? "readable" : "not readable");
	if (!page) {
		CHECK(trap_seen.error == 0, "error code 0x%x for an absent page", trap_seen.error);
		return;
	}
	tag = *(uint32_t *)phys_to_virt(pages + (page - 1) * PAGE_SIZE);
	CHECK(value == tag, "root %u va 0x%x: 0x%x, not 0x%x", now, va, value, tag);
	e = pt_get(roots[now], va);
	CHECK(e & PTE_ACCESSED, "read, not accessed: 0x%llx", e);
	if (random(2))
		return;
	ok = try_write(va, tag + 0x100);
	CHECK(ok == can_write, "root %u va 0x%x: %s", now, va, ok ? "writable" : "not writable");
	if (!ok) {
		CHECK(trap_seen.error == 3, "error code 0x%x for a read-only page",
		      trap_seen.error);
		return;
	}
	CHECK(*(uint32_t *)phys_to_virt(pages + (page - 1) * PAGE_SIZE) == tag + 0x100, "lost");
	e = pt_get(roots[now], va);
	CHECK(e & PTE_DIRTY, "written, not dirty: 0x%llx", e);
}

void test_main(void)
{
	pages = boot_alloc_pages(PAGES);
	for (unsigned i = 0; i < PAGES; i++)
		*(uint32_t *)phys_to_virt(pages + i * PAGE_SIZE) = i << 24;
	for (spares = 0; spares < SPARE; spares++)
		spare[spares] = boot_alloc_pages(1);
	for (unsigned r = 0; r < ROOTS; r++)
		roots[r] = pt_create();
	pt_load(roots[0]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned r = random(ROOTS), t = random(TABLES), s = random(SLOTS);

		switch (random(12)) {
		case 0:
			now = r;
			pt_load(roots[r]);
			break;
		case 1:
			if (has_table[r][t])
				drop_table(r, t);
			break;
		case 2:
			if (random(10) == 0)
				reuse_root(r);
			break;
		case 3:
		case 4:
		case 5:
			change(r, t, s);
			break;
		default:
			look(t, s);
		}
	}
}
