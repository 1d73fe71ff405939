/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that steps learns from DR6 nothing of the breakpoints another guest has. */
/* expect: success */
/* peer: debug_setter */
/* guest-line: tsc=on */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define DR6_B         0xFu
#define DR7_EXECUTE_0 1u
#define PROBED        0x8000u
#define RET           0xC3

static volatile uint32_t steps, dr6;

static bool step(struct regs *r)
{
	steps++;
	dr6 |= hcall3(LHCALL_GH_DEBUGREG, 6, 0, 0);
	return r != NULL;
}

/*
 * A CPU may set the bit of a breakpoint that is not enabled (SDM 3B 17.2.3), and
 * DR0-DR3 still hold what the guest before us put there; and DR6 keeps a hit
 * that nobody took. The second shows if breakpoint 0 is enabled, somewhere.
 */
void test_main(void)
{
	*(volatile uint8_t *)PROBED = RET;
	trap_handle(TRAP_DEBUG, step);
	for (unsigned i = 0; i < 50; i++) {
		hcall3(LHCALL_GH_DEBUGREG, 0, PROBED + 2, 1);
		hcall3(LHCALL_GH_DEBUGREG, 7, i & 2 ? DR7_EXECUTE_0 : 0, 1);
		set_deadline(NSEC_PER_MSEC);
		irq_halt();
		__asm__ volatile("pushl $0x302\n\tpopfl\n\tcall *%0\n\tpushl $0x202\n\tpopfl"
				 :
				 : "r"(PROBED)
				 : "memory", "cc");
	}
	CHECK(steps > 50, "%u steps", steps);
	CHECK(!(dr6 & DR6_B), "DR6 0x%x: another guest's breakpoint shows", dr6);
}
