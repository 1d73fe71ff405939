/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every exception from ring 1 reaches the guest with the right vector, error code and eip. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static void test_with(unsigned type)
{
	static const uint32_t bounds[2] = {5, 9};

	for (unsigned v = 0; v < 20; v++)
		trap_gate(v, type, 3);
	TRAP_TRY("divl %0", : "r"(0), "a"(1), "d"(0) : "memory", "cc");
	check_fault("#DE", 0, 0);
	TRAP_TRY("int3");
	CHECK(trap_was(TRAP_BREAKPOINT) && trap_seen.eip == trap_try_eip + 1,
	      "int3: vector %u eip 0x%x", trap_seen.vector, trap_seen.eip);
	TRAP_TRY("movb $127, %%al\n\taddb $1, %%al\n\tinto", : : "eax", "cc");
	CHECK(trap_was(TRAP_OVERFLOW), "into: %u traps, vector %u", trap_seen.count,
	      trap_seen.vector);
	TRAP_TRY("bound %0, %1", : "r"(4), "m"(bounds) : "memory");
	check_fault("#BR", TRAP_BOUND, 0);
	TRAP_TRY("ud2");
	check_fault("#UD", TRAP_INVALID_OPCODE, 0);
	TRAP_TRY("int $0x1E");
	CHECK(trap_seen.vector == TRAP_PROTECTION || trap_seen.vector == 0x1E,
	      "int 0x1E: vector %u", trap_seen.vector);
	segment_load(20, segment_make(0, 0xFFFFF, 0x12 | 3 << 5, 0xC));
	TRAP_TRY("movl %0, %%fs", : "r"(20 << 3 | 1));
	check_fault("#NP", TRAP_NOT_PRESENT, 20 << 3);
	segment_load(20, segment_make(0, 0xFFFFF, 0x12 | 1 << 5, 0xC));
	TRAP_TRY("movl %0, %%ss", : "r"(20 << 3 | 1));
	check_fault("#SS", TRAP_STACK, 20 << 3);
	TRAP_TRY("movl %0, %%fs", : "r"(0x1F8));
	check_fault("#GP", TRAP_PROTECTION, 0x1F8);
	TRAP_TRY("movl (%0), %%eax", : "r"(0xFFFFF000) : "eax");
	CHECK(trap_was(TRAP_PAGE_FAULT) || trap_was(TRAP_PROTECTION), "window: %u traps, vector %u",
	      trap_seen.count, trap_seen.vector);
}

void test_main(void)
{
	test_with(GATE_INTERRUPT);
	test_with(GATE_TRAP);
}
