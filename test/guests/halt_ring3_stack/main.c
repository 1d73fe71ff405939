/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HALT wakes into a handler that may halt again: nesting ends cleanly. */
/* expect: success */
#include "test/guests/lib/test.h"

static volatile uint32_t depth, deepest;

static bool halt_again(struct regs *r)
{
	(void)r;
	clock_count++;
	if (depth++ < 5) {
		clock_arm_ns(50000);
		irq_halt();
		irq_disable();
	}
	if (depth > deepest)
		deepest = depth;
	depth--;
	return true;
}

void test_main(void)
{
	trap_handle(IRQ_CLOCK_VECTOR, halt_again);
	irq_disable();
	clock_arm_ns(50000);
	irq_halt();
	CHECK(clock_count == 6 && deepest == 6 && !depth, "%u interrupts, %u deep, %u left",
	      clock_count, deepest, depth);
}
