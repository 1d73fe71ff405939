/* SPDX-License-Identifier: GPL-2.0-or-later */
/* int n to the vectors of virtual interrupts works as the guest's gate allows. */
/* expect: success */
#include "test/guests/lib/test.h"

static volatile uint32_t seen;

static bool note(struct regs *r)
{
	seen = r->vector;
	return true;
}

void test_main(void)
{
	trap_handle(IRQ_CLOCK_VECTOR, note);
	trap_handle(0x2F, note);
	trap_gate(IRQ_CLOCK_VECTOR, GATE_INTERRUPT, 3);
	trap_gate(0x2F, GATE_TRAP, 1);
	__asm__ volatile("int $0x20" : : : "memory");
	CHECK(seen == 0x20, "int 0x20: vector 0x%x", seen);
	__asm__ volatile("int $0x2F" : : : "memory");
	CHECK(seen == 0x2F, "int 0x2F: vector 0x%x", seen);
}
