/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that goes to ring 2 is no kernel there, and no user either: nothing is emulated, all
 * traps are its own. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define CODE2 (20u << 3 | 2)
#define DATA2 (21u << 3 | 2)
#define STATE 0xFFC12000u

USER_CODE(user_call, "int $0x1F");
USER_CODE(user_vmcall, ".byte 0x0F, 0x01, 0xC1");
USER_CODE(user_in, "inb $0x64, %al");
USER_CODE(user_cli, "cli");
USER_CODE(user_cr3, "movl %cr3, %eax");
USER_CODE(user_state, "movl %eax, 0xFFC12000");
USER_CODE(user_int, "int $0x80");
USER_CODE(user_flags, "pushl $0x3202\n\tpopfl\n\tpushfl\n\tpopl %eax\n\tint $0x80");
USER_CODE(user_ring0, "pushl $0x50\n\tpushl $0\n\tlret");
USER_CODE(user_ring1, "pushl $0x61\n\tpushl $0\n\tlret");

static const struct {
	const char *name, *code;
	uint32_t vector, error;
} cases[] = {
	{"hypercall", user_call, TRAP_PROTECTION, LGUEST_TRAP_ENTRY << 3 | 2},
	{"vmcall", user_vmcall, TRAP_INVALID_OPCODE, 0},
	{"in", user_in, TRAP_PROTECTION, 0},
	{"cli", user_cli, TRAP_PROTECTION, 0},
	{"cr3", user_cr3, TRAP_PROTECTION, 0},
	{"write of the state page", user_state, TRAP_PAGE_FAULT, PF_WRITE},
	{"int", user_int, 0x80, 0},
	{"popf", user_flags, 0x80, 0},
	{"return to ring 0", user_ring0, TRAP_PROTECTION, 0x50},
	{"return to ring 1", user_ring1, TRAP_PROTECTION, 0x60},
};

static struct regs seen;

static bool leave(struct regs *r)
{
	if ((r->cs & 3) != 2)
		return false;
	seen = *r;
	ring3_leave();
}

void test_main(void)
{
	ring3_init();
	segment_load(CODE2 >> 3, segment_flat(2, SEGMENT_CODE));
	segment_load(DATA2 >> 3, segment_flat(2, SEGMENT_DATA));
	for (unsigned v = 0; v < 0x81; v++)
		trap_handle(v, leave);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct regs r = ring3_start(cases[i].code);

		r.cs = CODE2;
		r.ss = DATA2;
		seen.vector = 0xFFFF;
		ring3_run(&r);
		CHECK(seen.vector == cases[i].vector && seen.error == cases[i].error,
		      "%s: vector %u, error 0x%x", cases[i].name, seen.vector, seen.error);
		CHECK(seen.cs == CODE2 && seen.ss == DATA2, "%s: cs 0x%x, ss 0x%x", cases[i].name,
		      seen.cs, seen.ss);
		CHECK(seen.eflags & X86_EFLAGS_IF && !(seen.eflags & X86_EFLAGS_IOPL),
		      "%s: eflags 0x%x", cases[i].name, seen.eflags);
	}
	CHECK(!(seen.eax & X86_EFLAGS_IOPL), "popf in ring 2: eflags 0x%x", seen.eax);
}
