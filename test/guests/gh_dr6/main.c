/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A watchpoint shows in DR6, whichever type of gate the guest takes its #DB by, and alone. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define DR6_WHY  0x400Fu
#define DR6_STEP 0x4000u

static volatile uint32_t watched, hits, dr6;

static bool hit(struct regs *r)
{
	(void)r;
	hits++;
	dr6 = hcall3(LHCALL_GH_DEBUGREG, 6, 0, 0);
	hcall3(LHCALL_GH_DEBUGREG, 6, 0, 1);
	return true;
}

static void try_gate(unsigned type)
{
	hits = 0;
	trap_gate(TRAP_DEBUG, type, 0);
	hcall3(LHCALL_GH_DEBUGREG, 0, addr32(&watched), 1);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0xD0001, 1);
	watched = 1;
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
	CHECK(hits == 1, "%u hits through gate type 0x%x", hits, type);
	CHECK((dr6 & DR6_WHY) == 1, "DR6 reads 0x%x", dr6);
}

/* The breakpoint is enabled, but not hit. */
static void try_step(void)
{
	static uint32_t elsewhere;

	hits = 0;
	hcall3(LHCALL_GH_DEBUGREG, 0, addr32(&elsewhere), 1);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0xD0001, 1);
	__asm__ volatile("pushl $0x302\n\tpopfl\n\tnop\n\tpushl $0x202\n\tpopfl"
			 :
			 :
			 : "memory", "cc");
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
	CHECK(hits > 1, "%u steps", hits);
	CHECK((dr6 & DR6_WHY) == DR6_STEP, "after a step DR6 reads 0x%x", dr6);
}

void test_main(void)
{
	trap_handle(TRAP_DEBUG, hit);
	try_gate(GATE_INTERRUPT);
	try_step();
	try_gate(GATE_TRAP);
}
