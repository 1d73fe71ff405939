/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves I3: no wish of a guest becomes a descriptor or gate it must not have. */
/* unit-sources: arch/x86/descriptor.c */
#include "arch/x86/descriptor.h"

#include <string.h>

#include "arch/x86/cpu_bits.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define STUB   0xFFC01238u
#define KERNEL 0x61

/* SDM 3A figure 3-8, byte by byte: an oracle that shares no constant with the source. */
enum { LIMIT_0, LIMIT_1, BASE_0, BASE_1, BASE_2, ACCESS, FLAGS, BASE_3 };

union bytes {
	uint64_t word;
	uint8_t b[8];
};

static void check_segment(uint64_t wish)
{
	union bytes in = {.word = wish}, out = {.word = descriptor_for_guest(wish)};
	uint8_t dpl = in.b[ACCESS] >> 5 & 3;

	if (!(in.b[ACCESS] & 0x10)) {
		if (out.word)
			fail_msg("system descriptor %016llx became %016llx",
				 (unsigned long long)wish, (unsigned long long)out.word);
		return;
	}
	in.b[ACCESS] = (in.b[ACCESS] & 0x9F) | (dpl ? dpl : 1) << 5 | 1;
	in.b[FLAGS] &= 0xDF;
	assert_int_equal(descriptor_changes(wish) == 0, in.word == wish);
	if (in.word != out.word)
		fail_msg("%016llx became %016llx, not %016llx", (unsigned long long)wish,
			 (unsigned long long)out.word, (unsigned long long)in.word);
}

static void test_what_changes(void **state)
{
	static const struct {
		uint8_t access, flags;
		unsigned changes;
	} cases[] = {
		{0x9B, 0xCF, DESCRIPTOR_RING},
		{0xBB, 0xCF, 0},
		{0xFA, 0xCF, DESCRIPTOR_ACCESSED},
		{0xFB, 0xAF, DESCRIPTOR_LONG},
		{0x92, 0xAF, DESCRIPTOR_RING | DESCRIPTOR_ACCESSED | DESCRIPTOR_LONG},
		{0x89, 0x20, DESCRIPTOR_REFUSED},
		{0x00, 0x00, DESCRIPTOR_REFUSED},
		{0xEC, 0xFF, DESCRIPTOR_REFUSED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union bytes wish = {.b = {0xFF, 0xFF, 0, 0, 0, cases[i].access, cases[i].flags}};

		assert_int_equal(descriptor_changes(wish.word), cases[i].changes);
	}
}

static void test_every_attribute_of_a_segment(void **state)
{
	static const union bytes frames[] = {
		{.b = {0xFF, 0xFF, 0, 0, 0, 0, 0, 0}},
		{.b = {0}},
		{.b = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF}},
		{.b = {0x12, 0x34, 0x56, 0x78, 0x9A, 0, 0, 0xBC}},
		{.b = {0xED, 0xCB, 0xA9, 0x87, 0x65, 0, 0, 0x43}},
	};

	for (size_t f = 0; f < ARRAY_SIZE(frames); f++) {
		for (unsigned pair = 0; pair < 65536; pair++) {
			union bytes wish = frames[f];

			wish.b[ACCESS] = (uint8_t)pair;
			wish.b[FLAGS] = (uint8_t)(pair >> 8);
			check_segment(wish.word);
		}
	}
}

static void test_random_segments(void **state)
{
	struct unit_random r = {1};

	for (int i = 0; i < 200000; i++)
		check_segment(unit_random(&r));
}

/*
 * The vectors that may be direct: what guest-interface.md section 3 leaves,
 * without those that the switcher's own way into a guest may raise (10-12), and
 * without #AC, whose own frame may raise it.
 */
static bool may_be_direct(unsigned vector, const struct gate_rules *rules)
{
	static const uint8_t exceptions[] = {0, 3, 4, 5, 6, 9, 16, 19};

	if (vector == 6 && rules->uses_vmcall)
		return false;
	if (vector >= 32)
		return vector == rules->syscall_vector && vector < 0xD0;
	return memchr(exceptions, (int)vector, sizeof(exceptions)) != NULL;
}

static uint64_t expected_gate(unsigned vector, union bytes wish, const struct gate_rules *rules)
{
	uint8_t type = wish.b[5] & 0x1F, dpl = MAX(wish.b[5] >> 5 & 3, 1);
	bool usable = wish.b[5] & 0x80 && (type == 0xE || type == 0xF);
	union bytes gate = {.word = 0};

	if (usable && type == 0xF && may_be_direct(vector, rules)) {
		memcpy(&gate.b[0], &wish.b[0], 2);
		memcpy(&gate.b[6], &wish.b[6], 2);
		gate.b[2] = KERNEL;
		gate.b[5] = 0x8F | dpl << 5;
		return gate.word;
	}
	if (vector == 0x1F)
		dpl = 1;
	else if (!(usable && (vector == 3 || vector == 4)))
		dpl = 0;
	gate.b[0] = STUB & 0xFF;
	gate.b[1] = STUB >> 8 & 0xFF;
	gate.b[6] = STUB >> 16 & 0xFF;
	gate.b[7] = STUB >> 24;
	gate.b[2] = 0x50;
	gate.b[5] = 0x8E | dpl << 5;
	return gate.word;
}

static void check_gates(const struct gate_rules *rules, struct unit_random *r)
{
	for (unsigned n = 0; n < 65536; n++) {
		unsigned vector = n >> 8;
		union bytes wish = {.word = unit_random(r)}, gate, expected;

		wish.b[5] = (uint8_t)n;
		gate.word = gate_for_cpu(vector, wish.word, STUB, rules);
		expected.word = expected_gate(vector, wish, rules);
		if (gate.word != expected.word)
			fail_msg("vector %u, wish %016llx: gate %016llx, not %016llx", vector,
				 (unsigned long long)wish.word, (unsigned long long)gate.word,
				 (unsigned long long)expected.word);
		if (gate_is_direct(gate.word) != (gate.b[2] == KERNEL))
			fail_msg("gate %016llx is direct?", (unsigned long long)gate.word);
		if ((gate.b[2] & 3) == 1 && (gate.b[5] & 0x1F) != 0xF)
			fail_msg("vector %u: a gate into ring 1 that clears IF", vector);
	}
}

static void test_every_gate(void **state)
{
	static const uint8_t syscalls[] = {0, 3, 0x20, 0x40, 0x80, 0x90, 0xCF, 0xD0, 0xEF, 0xFF};
	struct unit_random r = {2};

	for (size_t s = 0; s < ARRAY_SIZE(syscalls); s++) {
		for (unsigned flags = 0; flags < 2; flags++) {
			struct gate_rules rules = {.syscall_vector = syscalls[s],
						   .kernel_selector = KERNEL,
						   .uses_vmcall = flags & 1};

			check_gates(&rules, &r);
		}
	}
}

/* For each rule of design section 1 and interface.md the vectors it is for. */
static enum gate_way rule_of(unsigned vector, const struct gate_rules *rules)
{
	switch (vector) {
	case 1:
		return GATE_DEBUG;
	case 2:
	case 8:
	case 18:
		return GATE_MACHINE;
	case 6:
		return rules->uses_vmcall ? GATE_HYPERCALL : GATE_DIRECT;
	case 7:
		return GATE_TS;
	case 10:
	case 11:
	case 12:
		return GATE_ENTRY;
	case 13:
		return GATE_EMULATION;
	case 14:
		return GATE_SHADOW;
	case 17:
		return GATE_LOOPS;
	case 31:
		return GATE_HYPERCALL;
	}
	if (may_be_direct(vector, rules))
		return GATE_DIRECT;
	if (vector < 32)
		return GATE_RESERVED;
	if (vector < 64)
		return GATE_VIRTUAL;
	return vector < 0xD0 ? GATE_SOFTWARE : GATE_HOST;
}

static void check_ways(unsigned vector, const struct gate_rules *rules)
{
	enum gate_way rule = rule_of(vector, rules);

	/* present, DPL, S and type: all of byte 5 */
	for (unsigned access = 0; access < 256; access++) {
		uint64_t wish = (uint64_t)access << 40 | 0x0012000000613456ull;
		bool usable = (access & 0x9F) == 0x8E || (access & 0x9F) == 0x8F;
		enum gate_way expected = rule;
		enum gate_way way = gate_way(vector, wish, rules);
		uint64_t gate = gate_for_cpu(vector, wish, STUB, rules);

		if (rule == GATE_DIRECT &&
		    (rules->is_stepped || (rules->is_debugged && vector == 3)))
			expected = GATE_DEBUGGER;
		else if (rule == GATE_DIRECT && !usable)
			expected = GATE_NO_WISH;
		else if (rule == GATE_DIRECT && (access & 1) == 0)
			expected = GATE_CLEARS_IF;
		if (way != expected)
			fail_msg("vector %u, access 0x%02x: way %d, not %d", vector, access, way,
				 expected);
		if (gate_is_direct(gate) != (way == GATE_DIRECT))
			fail_msg("vector %u, access 0x%02x: way %d, but gate %016llx", vector,
				 access, way, (unsigned long long)gate);
	}
}

static void test_every_way(void **state)
{
	for (unsigned syscall = 0; syscall < 256; syscall++)
		for (unsigned v = 0; v < 2048; v++) {
			struct gate_rules rules = {.syscall_vector = syscall,
						   .kernel_selector = KERNEL,
						   .uses_vmcall = v & 256,
						   .is_debugged = v & 512,
						   .is_stepped = v & 1024};

			check_ways(v & 255, &rules);
		}
}

static void test_gate_parts(void **state)
{
	struct unit_random r = {3};

	for (int i = 0; i < 100000; i++) {
		uint32_t offset = (uint32_t)unit_random(&r);
		uint16_t selector = (uint16_t)unit_random(&r);
		unsigned type = i & 0x1F, dpl = i >> 5 & 3;
		uint64_t gate = gate_make(offset, selector, type, dpl);

		assert_int_equal(GATE_OFFSET_OF(gate), offset);
		assert_int_equal(gate >> 16 & 0xFFFF, selector);
		assert_int_equal(GATE_TYPE_OF(gate), type);
		assert_int_equal(DESC_DPL_OF(gate), dpl);
		assert_true(gate & DESC_PRESENT);
		assert_int_equal(gate >> 32 & 0xFF, 0);
		assert_true(gate_is_usable(gate) == (type == 0xE || type == 0xF));
		assert_false(gate_is_usable(gate & ~DESC_PRESENT));
	}
}

static void test_bases(void **state)
{
	struct unit_random r = {4};

	for (int i = 0; i < 100000; i++) {
		union bytes d = {.word = unit_random(&r)};
		uint32_t base = d.b[2] | d.b[3] << 8 | d.b[4] << 16 | (uint32_t)d.b[7] << 24;

		assert_int_equal(descriptor_base(d.word), base);
	}
}

static void test_tss(void **state)
{
	static const uint32_t sizes[] = {104, 105, 4096, 0x10000, 0x10001, 0x100000};
	struct unit_random r = {5};

	for (size_t i = 0; i < 1000; i++) {
		uint32_t base = (uint32_t)unit_random(&r), bytes = sizes[i % ARRAY_SIZE(sizes)];
		union bytes d = {.word = descriptor_tss(base, bytes)};

		assert_int_equal(descriptor_base(d.word), base);
		assert_int_equal((d.b[0] | d.b[1] << 8 | (d.b[6] & 0xF) << 16) + 1, bytes);
		assert_int_equal(d.b[5], 0x89); /* present, DPL 0, available 32-bit TSS */
		assert_int_equal(d.b[6] & 0xF0, 0);
		assert_true(descriptor_for_guest(d.word) == 0);
	}
}

static void test_flat(void **state)
{
	for (unsigned dpl = 0; dpl < 4; dpl++) {
		uint64_t code = descriptor_flat(true, dpl), data = descriptor_flat(false, dpl);

		assert_true(code == (0x00CF9B000000FFFFull | (uint64_t)dpl << 45));
		assert_true(data == (0x00CF93000000FFFFull | (uint64_t)dpl << 45));
		if (dpl) {
			assert_true(descriptor_for_guest(code) == code);
			assert_true(descriptor_for_guest(data) == data);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_attribute_of_a_segment),
		cmocka_unit_test(test_what_changes),
		cmocka_unit_test(test_random_segments),
		cmocka_unit_test(test_every_gate),
		cmocka_unit_test(test_every_way),
		cmocka_unit_test(test_gate_parts),
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_tss),
		cmocka_unit_test(test_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
