/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trap inside a trap handler, several deep, from ring 1 and ring 3. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

USER_CODE(user_ud, "ud2\n\tint $0x80");

static unsigned depth, deepest;

static bool nest_invalid(struct regs *r)
{
	if (++depth < 40)
		__asm__ volatile("hlt");
	if (depth > deepest)
		deepest = depth;
	depth--;
	r->eip += 2;
	return true;
}

static bool nest_protection(struct regs *r)
{
	if (++depth < 40)
		__asm__ volatile("ud2");
	if (depth > deepest)
		deepest = depth;
	depth--;
	r->eip += 1;
	return true;
}

void test_main(void)
{
	struct regs r;

	trap_handle(TRAP_INVALID_OPCODE, nest_invalid);
	trap_handle(TRAP_PROTECTION, nest_protection);
	__asm__ volatile("ud2");
	CHECK(deepest == 40 && !depth, "from ring 1: %u deep, %u left", deepest, depth);
	ring3_init();
	deepest = 0;
	r = ring3_start(user_ud);
	check_ring3_leaves("after the nesting", &r, 0x80);
	CHECK(deepest == 40 && !depth, "from ring 3: %u deep, %u left", deepest, depth);
}
