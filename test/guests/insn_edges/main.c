/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulated instructions with up to 16 prefixes, across the ends of pages, of the guest's space and
 * of their own page. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VA      0x50000000u
#define EDGE    (VA + PAGE_SIZE)
#define HLT     0xF4
#define LONGEST 15u /* SDM 2, 2.3.11 */
#define WINDOW  0xFFC00000u

static uint8_t *first, *second;
static uint32_t pages;

static const struct {
	uint8_t bytes[3];
	uint8_t count;
} insns[] = {
	{{0xEC}, 1}, {{0xED}, 1}, {{0xEE}, 1}, {{0xE4, 0x64}, 2}, {{0xFA}, 1}, {{0xCD, 0x90}, 2},
};

static const uint8_t prefixes[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65,
				   0x66, 0x67, 0xF0, 0xF2, 0xF3};

/* hlt everywhere but for these bytes, which end `over` bytes behind the edge. Only what changes is
 * written: writing to code is slow in an emulator. */
static void put(const uint8_t *code, unsigned length, unsigned over)
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned at = i + length - over - 32;
		uint8_t *to = i < 32 ? first + PAGE_SIZE - 32 + i : second + i - 32;
		uint8_t byte = at < length ? code[at] : HLT;

		if (*to != byte)
			*to = byte;
	}
}

static void run_at(uint32_t at)
{
	TRAP_TRY("jmp *%0", : "r"(at), "d"(0x80) : "eax", "memory");
}

/* Fails unless it ran to the hlt behind it, or int's handler was entered there. */
static void check_ran(const char *what, unsigned prefix, unsigned n, uint32_t end, bool is_int)
{
	unsigned vector = is_int ? 0x90 : TRAP_PROTECTION;

	CHECK(trap_was(vector) && trap_seen.eip == end,
	      "%s, %u times 0x%x: vector %u at 0x%x, not 0x%x", what, n, prefix, trap_seen.vector,
	      trap_seen.eip, end);
}

static void check_prefixes(unsigned insn, unsigned prefix, unsigned n)
{
	uint8_t code[32];
	unsigned length = n + insns[insn].count;
	bool is_idle = prefix < 0xF0, is_int = insns[insn].bytes[0] == 0xCD;

	memset(code, (int)prefix, n);
	memcpy(code + n, insns[insn].bytes, insns[insn].count);
	/* ending at the page's end, and across it by each number of bytes; then without the rest */
	for (unsigned over = 0; over <= length; over++) {
		uint32_t at = EDGE + over - length;

		put(code, length, over);
		run_at(at);
		if (length > LONGEST)
			CHECK(trap_was(TRAP_PROTECTION) && trap_seen.eip == at,
			      "%u bytes: vector %u", length, trap_seen.vector);
		else if (n == 0 || is_idle)
			check_ran("mapped", prefix, n, EDGE + over, is_int);
		else
			CHECK(trap_seen.count == 1, "0x%x: no trap", prefix);
	}
}

static void check_unmapped(unsigned insn, unsigned n)
{
	unsigned length = n + insns[insn].count;
	uint8_t code[32];

	memset(code, 0x2E, n);
	memcpy(code + n, insns[insn].bytes, insns[insn].count);
	pt_map(pt_root(), EDGE, 0);
	for (unsigned over = 1; over < length; over++) {
		put(code, length, over);
		run_at(EDGE + over - length);
		CHECK(trap_was(TRAP_PAGE_FAULT) && trap_seen.cr2 == EDGE,
		      "%u bytes of %u: vector %u, cr2 0x%x", length - over, length,
		      trap_seen.vector, trap_seen.cr2);
	}
	pt_map(pt_root(), EDGE, (pages + PAGE_SIZE) | PTE_KERNEL_PAGE);
}

/* The last page before the window: what follows are bytes of the switcher. */
static void at_the_window(void)
{
	pt_map(pt_root(), WINDOW - PAGE_SIZE, pages | PTE_KERNEL_PAGE);
	memset(first, HLT, PAGE_SIZE);
	for (unsigned i = 0; i < ARRAY_SIZE(insns); i++) {
		first[PAGE_SIZE - 1] = insns[i].bytes[0];
		if (insns[i].count > 1)
			run_at(WINDOW - 1);
	}
	for (uint32_t at = 0xFFFFFFF0; at != 0; at++) {
		run_at(at);
		CHECK(trap_seen.count == 1, "code at 0x%x", at);
	}
	pt_map(pt_root(), WINDOW - PAGE_SIZE, 0);
}

/* The page of the hypercall itself goes, or is another one, or cannot be written, during it. */
static void under_its_feet(void)
{
	static const struct {
		uint32_t page, flags, vector;
	} becomes[] = {
		{0, 0, TRAP_PAGE_FAULT},
		{1, PTE_KERNEL_PAGE, TRAP_INVALID_OPCODE},
		{0, PTE_PRESENT | PTE_ACCESSED, TRAP_PROTECTION},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(becomes); i++) {
		pte_t pte = becomes[i].flags;

		if (pte)
			pte |= pages + becomes[i].page * PAGE_SIZE;
		pt_map(pt_root(), VA, pages | PTE_KERNEL_PAGE);
		memset(first, HLT, PAGE_SIZE);
		memcpy(first, "\xCD\x1F", 2);
		memset(second, HLT, PAGE_SIZE);
		memcpy(second + 2, "\x0F\x0B", 2);
		TRAP_TRY("jmp *%0",
			 : "r"(VA), "a"(LHCALL_FLUSH_ASYNC)
			 : "memory"); /* shadowed now */
		pt_write(pt_root(), VA, pte);
		TRAP_TRY("jmp *%5",
			 : "a"(LHCALL_SET_PTE), "b"(pt_root()), "c"(VA), "d"((uint32_t)pte),
			   "S"((uint32_t)(pte >> 32)), "r"(VA)
			 : "memory");
		CHECK(trap_was(becomes[i].vector) && trap_seen.eip == VA + 2,
		      "way %u: vector %u at 0x%x", i, trap_seen.vector, trap_seen.eip);
	}
	pt_map(pt_root(), VA, pages | PTE_KERNEL_PAGE);
}

void test_main(void)
{
	pages = boot_alloc_pages(2);
	first = phys_to_virt(pages);
	second = phys_to_virt(pages + PAGE_SIZE);
	pt_map(pt_root(), VA, pages | PTE_KERNEL_PAGE);
	pt_map(pt_root(), EDGE, (pages + PAGE_SIZE) | PTE_KERNEL_PAGE);
	memset(first, HLT, 2 * PAGE_SIZE);
	trap_gate(0x90, GATE_INTERRUPT, 0);
	for (unsigned insn = 0; insn < ARRAY_SIZE(insns); insn++) {
		for (unsigned p = 0; p < ARRAY_SIZE(prefixes); p++)
			for (unsigned n = 0; n < 17; n += n == 1 ? 12 : 1)
				check_prefixes(insn, prefixes[p], n);
		check_unmapped(insn, 0);
		check_unmapped(insn, 5);
	}
	under_its_feet();
	at_the_window();
}
