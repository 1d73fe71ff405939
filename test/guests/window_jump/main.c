/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring 1 jumps to every sort of place in the switcher window: nobody but the guest may suffer. */
/* expect: success or dead ".*" */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

static bool enough(struct regs *r)
{
	(void)r;
	test_success("survived for a while");
}

static bool astray(struct regs *r)
{
	if (!trap_fixup)
		test_success("ended by vector %u at 0x%x", r->vector, r->eip);
	return false;
}

void test_main(void)
{
	uint32_t traps = 0;

	/* The guest may run in circles there, so the clock ends it. */
	trap_handle(IRQ_CLOCK_VECTOR, enough);
	for (unsigned v = 0; v < 20; v++)
		trap_handle(v, astray);
	irq_enable();
	clock_arm_ns(500 * NSEC_PER_MSEC);
	for (uint32_t offset = 0; offset < PAGE_SIZE; offset++) {
		for (uint32_t page = 0; page < 1024; page++)
			traps += !try_call(0xFFC00000 + page * PAGE_SIZE + offset);
	}
	printf("%u jumps ended in a trap\n", traps);
}
