/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trap handler inside the switcher window: nobody but the guest may suffer. */
/* expect: success or dead ".*" */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

static bool enough(struct regs *r)
{
	(void)r;
	test_success("survived for a while");
}

/* Whatever ran there may have eaten the fixup or the stack: that ends the test, well. */
static bool astray(struct regs *r)
{
	if (!trap_fixup)
		test_success("ended by vector %u at 0x%x", r->vector, r->eip);
	return false;
}

void test_main(void)
{
	/* Direct and reflected, at addresses where the switcher's text may be. */
	trap_handle(IRQ_CLOCK_VECTOR, enough);
	for (unsigned v = 0; v < 20; v++)
		trap_handle(v, astray);
	irq_enable();
	clock_arm_ns(200 * NSEC_PER_MSEC);
	for (uint32_t offset = 0; offset < 64; offset++) {
		trap_gate_to(0x80, GATE_TRAP, 3, 0xFFC00000 + offset);
		TRAP_TRY("int $0x80");
		trap_gate_to(TRAP_INVALID_OPCODE, GATE_INTERRUPT, 3, 0xFFC00000 + offset);
		TRAP_TRY("ud2");
	}
}
