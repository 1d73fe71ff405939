/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single-stepping in ring 1: one #DB an instruction, also over emulated ones and hypercalls. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

static uint32_t steps[32];
static volatile unsigned count;

static bool step(struct regs *r)
{
	if (count < ARRAY_SIZE(steps))
		steps[count] = r->eip;
	count++;
	return true;
}

extern char step_start[], step_in[], step_cli[], step_int[], step_nop[], step_end[];

void test_main(void)
{
	uint32_t eax = 0;
	bool after_in = false, after_nop = false;

	trap_handle(TRAP_DEBUG, step);
	__asm__ volatile("pushl $0x302\n\tpopfl\n"
			 "step_start:\tnop\n"
			 "step_nop:\tmovl $0x80, %%edx\n"
			 "step_in:\tinb %%dx, %%al\n"
			 "step_cli:\tcli\n\tmovl %1, %%eax\n"
			 "step_int:\tint $0x1F\n"
			 "step_end:\tpushl $0x202\n\tpopfl\n\tnop"
			 : "+a"(eax)
			 : "i"(LHCALL_FLUSH_ASYNC), "b"(0), "c"(0), "S"(0)
			 : "edx", "memory", "cc");
	for (unsigned i = 0; i < count && i < ARRAY_SIZE(steps); i++) {
		after_nop |= steps[i] == addr32(step_nop);
		after_in |= steps[i] == addr32(step_cli);
	}
	CHECK(after_nop, "no #DB after a plain instruction");
	CHECK(after_in, "no #DB after the emulated in");
	/* nop, mov, in, cli, mov, int (or the next), push, popf */
	CHECK(count >= 6 && count <= 9, "%u steps", count);
}
