/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies in the handler of each exception, of an interrupt, and of a system call from ring 3. */
/* paging: 2level */
/* expect: dead "hypercall 99 unknown" */
/* guest-line: mem=3M */
/* cases: 10 */
#include "test/guests/lib/test.h"

USER_CODE(user_call, "int $0x80");
USER_CODE(user_fault, "hlt");

static bool die(struct regs *r)
{
	(void)r;
	hcall0(99);
	return true;
}

static void from_ring3(const char *code)
{
	struct regs r = ring3_start(code);

	ring3_run(&r);
}

void test_main(void)
{
	ring3_init();
	for (unsigned v = 0; v <= IRQ_CLOCK_VECTOR; v++)
		trap_handle(v, die);
	trap_handle(0x80, die);
	switch (test_case()) {
	case 0:
		__asm__ volatile("xorl %%eax, %%eax\n\tdivl %%eax" : : : "eax", "edx");
		break;
	case 1:
		__asm__ volatile("int3");
		break;
	case 2:
		__asm__ volatile("movb $0x7F, %%al\n\taddb $1, %%al\n\tinto" : : : "eax");
		break;
	case 3:
		__asm__ volatile("ud2");
		break;
	case 4:
		hcall1(LHCALL_TS, 1);
		__asm__ volatile("fnop");
		break;
	case 5:
		__asm__ volatile("movl %0, %%fs" : : "r"(0x100));
		break;
	case 6:
		try_read(0x50000000, NULL);
		break;
	case 7:
		clock_arm_ns(1);
		irq_halt();
		break;
	case 8:
		from_ring3(user_call);
		break;
	default:
		from_ring3(user_fault);
		break;
	}
	test_failure("survived");
}
