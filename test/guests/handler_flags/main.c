/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler starts with TF, NT, RF and VM clear, IOPL 0 and the real IF on. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static uint32_t in_handler, in_frame;

static bool note_flags(struct regs *r)
{
	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(in_handler));
	in_frame = r->eflags;
	r->eflags &= ~(X86_EFLAGS_NT | X86_EFLAGS_TF);
	r->eip += 2;
	return true;
}

void test_main(void)
{
	const uint32_t forbidden =
		X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM | X86_EFLAGS_IOPL;

	trap_handle(TRAP_INVALID_OPCODE, note_flags);
	__asm__ volatile("pushfl\n\torl %0, (%%esp)\n\tpopfl\n\tud2"
			 :
			 : "i"(X86_EFLAGS_NT)
			 : "memory", "cc");
	CHECK(in_frame & X86_EFLAGS_NT, "frame eflags 0x%x lost NT", in_frame);
	CHECK(!(in_handler & forbidden), "eflags 0x%x in the handler", in_handler);
	CHECK(in_handler & X86_EFLAGS_IF, "the real IF is off in the handler");
	__asm__ volatile("pushfl\n\torl %0, (%%esp)\n\tpopfl\n\tud2"
			 :
			 : "i"(X86_EFLAGS_AC)
			 : "memory", "cc");
	CHECK(in_frame & X86_EFLAGS_AC, "frame eflags 0x%x lost AC", in_frame);
	__asm__ volatile("pushfl\n\tandl %0, (%%esp)\n\tpopfl"
			 :
			 : "i"(~X86_EFLAGS_AC)
			 : "memory", "cc");
}
