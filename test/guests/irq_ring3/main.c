/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts preempt ring 3, with all its state intact. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

USER_CODE(user_spin,
	  "movl $0x12345678, %ebx\n\tmovl $0x9ABCDEF0, %edi\n"
	  "1:\tincl %ecx\n\tcmpl $0x12345678, %ebx\n\tjne 2f\n\tcmpl $0x9ABCDEF0, %edi\n\tjne 2f\n"
	  "\tcmpl $300000000, %ecx\n\tjb 1b\n\txorl %eax, %eax\n\tint $0x80\n2:\tud2");

static bool tick(struct regs *r)
{
	CHECK(!regs_from_user(r) || r->esp == USER_STACK_TOP - 16, "esp 0x%x", r->esp);
	CHECK(r->eflags & X86_EFLAGS_IF, "eflags 0x%x in the frame", r->eflags);
	clock_count++;
	clock_arm_ns(200000);
	/* Enough: let the run end. */
	return clock_count < 300 || !regs_from_user(r);
}

void test_main(void)
{
	struct regs r;

	ring3_init();
	trap_handle(IRQ_CLOCK_VECTOR, tick);
	clock_arm_ns(200000);
	r = ring3_start(user_spin);
	ring3_run(&r);
	CHECK(r.vector == IRQ_CLOCK_VECTOR || r.vector == 0x80, "left by vector %u at 0x%x",
	      r.vector, r.eip);
	CHECK(clock_count >= 10, "%u interrupts only", clock_count);
	CHECK(r.ebx == 0x12345678 && r.edi == 0x9ABCDEF0, "registers changed");
}
