/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An #AC whose handler would run in ring 3, on a stack that is misaligned itself: no CPU may loop
 * in that. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

/* With a trap gate of the CPU into a conforming segment, the frame of the #AC is pushed in ring 3
 * and raises the next #AC, in the middle of the first: no interrupt can get in between
 * (CVE-2015-5307). */
USER_CODE(user_misaligned, "pushfl\n\torl $0x40000, (%esp)\n\tpopfl\n\t"
			   "movl %esp, %eax\n\tincl %eax\n\tmovl %eax, %esp\n\t"
			   "movl (%eax), %ebx\n\tud2");

void test_main(void)
{
	static const uint32_t conforming[] = {SEGMENT_CODE | 4, SEGMENT_CODE};
	struct regs r;

	ring3_init();
	trap_gate(TRAP_ALIGNMENT, GATE_TRAP, 3);
	for (unsigned i = 0; i < ARRAY_SIZE(conforming); i++) {
		segment_load(LGUEST_CS >> 3, segment_flat(1, conforming[i]));
		r = ring3_start(user_misaligned);
		ring3_run(&r);
		if (r.vector == TRAP_INVALID_OPCODE)
			test_skip("this CPU does not check alignment");
		CHECK(r.vector == TRAP_ALIGNMENT && r.error == 0, "vector %u, error 0x%x", r.vector,
		      r.error);
		CHECK(r.esp == USER_STACK_TOP - 15, "esp 0x%x", r.esp);
	}
}
