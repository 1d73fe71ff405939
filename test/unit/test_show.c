/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits as text: flags, descriptors, gates, page table entries, memory. */
/* unit-sources: core/show.c arch/x86/descriptor.c arch/x86/guest_walk.c */
#include "core/show.h"

#include <string.h>

#include "arch/x86/cpu_bits.h"
#include "core/util.h"
#include "test/unit/unit.h"

static void test_eflags(void **state)
{
	static const struct {
		uint32_t eflags;
		const char *text;
	} cases[] = {
		{0, ""},
		{0x002, ""}, /* always set, means nothing */
		{0x246, "IF ZF PF"},
		{0x8D5, "OF SF ZF AF PF CF"},
		{0x3000, "IOPL 3"},
		{0x1000, "IOPL 1"},
		{0x217FD7, "ID RF NT OF DF IF TF SF ZF AF PF CF IOPL 3"},
		{0xFFFFFFFF, "ID VIP VIF AC VM RF NT OF DF IF TF SF ZF AF PF CF IOPL 3"},
	};
	char text[SHOW_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		show_eflags(text, cases[i].eflags);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_descriptors(void **state)
{
	static const struct {
		uint64_t descriptor;
		const char *text;
	} cases[] = {
		{0, "empty"},
		{0x00CF9B000000FFFFull, "code ring 0 00000000 limit ffffffff"},
		{0x00CFF3000000FFFFull, "data ring 3 00000000 limit ffffffff"},
		{0xAB40FB12345600FFull, "code ring 3 ab123456 limit 000000ff"},
		{0x004FB30000000000ull, "data ring 1 00000000 limit 000f0000"},
		{0x0000B3000000FFFFull, "data ring 1 00000000 limit 0000ffff 16-bit"},
		{0x00CF33000000FFFFull, "data ring 1 00000000 limit ffffffff absent"},
		{0x0000890010000067ull, "TSS ring 0 00001000 limit 00000067"},
		{0x0000E2002000000Full, "LDT ring 3 00002000 limit 0000000f"},
		{0x00008C0000080000ull, "call gate ring 0 00000008 limit 00000000"},
	};
	char text[SHOW_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		show_descriptor(text, cases[i].descriptor);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_changes(void **state)
{
	char text[SHOW_MAX];

	show_descriptor_changes(text, 0);
	assert_string_equal(text, "");
	show_descriptor_changes(text, DESCRIPTOR_REFUSED);
	assert_string_equal(text, "refused: not a code or data segment");
	show_descriptor_changes(text, DESCRIPTOR_RING | DESCRIPTOR_ACCESSED | DESCRIPTOR_LONG);
	assert_string_equal(text,
			    "ring 0 became ring 1, accessed set beforehand, 64-bit bit cleared");
}

static void test_gates(void **state)
{
	char text[SHOW_MAX];

	show_gate(text, 0);
	assert_string_equal(text, "none");
	show_gate(text, gate_make(0xC0101234, 0x61, GATE_TRAP, 3));
	assert_string_equal(text, "trap 0061:c0101234 dpl 3");
	show_gate(text, gate_make(0xC0101234, 0x61, GATE_INTERRUPT, 0) & ~DESC_PRESENT);
	assert_string_equal(text, "int 0061:c0101234 dpl 0 absent");
	show_gate(text, gate_make(0, 0x80, GATE_TASK, 1));
	assert_string_equal(text, "type 0x05 0080:00000000 dpl 1");
}

/* Every way has a text of its own, and a line of `idt` stays within 80 columns. */
static void test_ways(void **state)
{
	for (unsigned i = 0; i < GATE_WAYS; i++) {
		assert_non_null(show_gate_way(i));
		assert_true(strlen(show_gate_way(i)) <= 80 - 33);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(show_gate_way(i), show_gate_way(j));
	}
	assert_string_equal(show_vector(14), "#PF");
	assert_string_equal(show_vector(19), "#XM");
	assert_string_equal(show_vector(15), "");
	assert_string_equal(show_vector(20), "");
	assert_string_equal(show_vector(255), "");
}

static void test_entries(void **state)
{
	static const char set[] = "PWUADX";
	static const uint64_t bits[] = {1, 2, 4, 0x20, 0x40, 1ull << 63};
	char text[7];

	for (unsigned n = 0; n < 64; n++) {
		uint64_t entry = 0x000FFFFFFFFFF798ull;

		for (unsigned i = 0; i < 6; i++)
			entry |= n >> i & 1 ? bits[i] : 0;
		show_entry(text, entry);
		for (unsigned i = 0; i < 6; i++)
			assert_int_equal(text[i], n >> i & 1 ? set[i] : '-');
		assert_int_equal(text[6], 0);
	}
}

#define HPA 0x7000000u

/* A walk that ended well: rights both levels grant, flags of the last entry. */
static struct walk granted(uint64_t rights, uint64_t pte)
{
	return (struct walk){
		.status = WALK_OK, .rights = rights, .pte = pte | PTE_P, .page = 0x5000};
}

static void expect_walk(struct walk w, uint64_t leaf, bool is_memory, uint64_t nx_bit,
			const char *begin)
{
	const char *text = show_walk(&w, leaf, is_memory, HPA, nx_bit);

	if (strncmp(text, begin, strlen(begin)) != 0)
		fail_msg("\"%s\" instead of \"%s\"", text, begin);
	assert_true(strlen(text) <= 80);
}

static void test_walks(void **state)
{
	struct walk absent = {.status = WALK_ABSENT}, bad = {.status = WALK_BAD};
	struct walk clean = granted(PTE_W | PTE_U, PTE_W | PTE_U | PTE_A);
	struct walk dirty = granted(PTE_W | PTE_U, PTE_W | PTE_U | PTE_A | PTE_D);
	struct walk no_exec = granted(PTE_NX, PTE_A | PTE_NX);

	expect_walk(bad, 0, false, PTE_NX, "a table outside");
	expect_walk(absent, 0, false, PTE_NX, "the guest maps nothing");
	expect_walk(absent, HPA | 1, false, PTE_NX, "the shadow keeps what the guest took away");
	expect_walk(dirty, 0, false, PTE_NX, "beyond its memory");
	expect_walk(dirty, HPA | 1, false, PTE_NX, "the shadow keeps an older");
	expect_walk(dirty, 0, true, PTE_NX, "not filled yet");
	expect_walk(dirty, walk_shadow_entry(&dirty, HPA, PTE_NX), true, PTE_NX,
		    "as the guest has it");
	expect_walk(clean, walk_shadow_entry(&clean, HPA, PTE_NX), true, PTE_NX, "read-only until");
	expect_walk(clean, walk_shadow_entry(&dirty, HPA, PTE_NX), true, PTE_NX,
		    "the shadow differs");
	expect_walk(dirty, walk_shadow_entry(&dirty, HPA + 0x1000, PTE_NX), true, PTE_NX,
		    "the shadow differs");
	expect_walk(no_exec, walk_shadow_entry(&no_exec, HPA, 0), true, 0,
		    "as the guest has it, but for NX");
	expect_walk(no_exec, walk_shadow_entry(&no_exec, HPA, PTE_NX), true, PTE_NX,
		    "as the guest has it");
	assert_string_equal(
		show_walk(&no_exec, walk_shadow_entry(&no_exec, HPA, PTE_NX), true, HPA, PTE_NX),
		"as the guest has it");
}

static void test_bytes(void **state)
{
	static const uint8_t bytes[16] = "AZ az~\x7F\x80\xFF\x1F\n 09!{";
	char text[SHOW_MAX], part[SHOW_MAX];

	show_bytes(text, bytes, 0, 16);
	assert_string_equal(text,
			    "41 5a 20 61 7a 7e 7f 80  ff 1f 0a 20 30 39 21 7b   AZ az~..... 09!{");
	assert_int_equal(strlen(text), 67);
	for (unsigned from = 0; from < 16; from++) {
		for (unsigned end = from; end <= 16; end++) {
			show_bytes(part, bytes, from, end);
			assert_int_equal(strlen(part), 67);
			for (unsigned i = 0; i < 16; i++) {
				bool is_there = i >= from && i < end;
				unsigned at = 3 * i + (i >= 8);

				assert_int_equal(part[at], is_there ? text[at] : ' ');
				assert_int_equal(part[at + 1], is_there ? text[at + 1] : ' ');
				assert_int_equal(part[51 + i], is_there ? text[51 + i] : ' ');
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eflags),  cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_changes), cmocka_unit_test(test_gates),
		cmocka_unit_test(test_ways),    cmocka_unit_test(test_entries),
		cmocka_unit_test(test_walks),   cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
