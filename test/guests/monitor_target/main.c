/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sleeps and says what comes, interrupts and NMIs; with `flood` it prints without end. */
/* cmdline: once */
/* expect: success */
#include "test/guests/lib/test.h"

#define TRAP_NMI  2u
#define NO_GATE   9u /* interrupts: without a gate, and blocked */
#define IS_MASKED 10u

static bool irq_came(struct regs *r)
{
	printf("interrupt %u\n", r->vector - LGUEST_FIRST_VECTOR);
	return true;
}

static bool nmi_came(struct regs *r)
{
	printf("NMI, interrupts were %s, cs 0x%x\n", r->eflags & X86_EFLAGS_IF ? "on" : "off",
	       r->cs & 0xFFFF);
	return true;
}

void test_main(void)
{
	for (unsigned i = 0; i < LGUEST_IRQS; i++)
		trap_handle(LGUEST_FIRST_VECTOR + i, irq_came);
	hcall3(LHCALL_LOAD_IDT_ENTRY, LGUEST_FIRST_VECTOR + NO_GATE, 0, 0);
	irq_block(IS_MASKED);
	trap_handle(TRAP_NMI, nmi_came);
	if (boot_has_word("no-nmi"))
		hcall3(LHCALL_LOAD_IDT_ENTRY, TRAP_NMI, 0, 0);
	if (boot_has_word("once"))
		return;
	printf("ready\n");
	while (boot_has_word("flood"))
		printf("the quick brown fox jumps over the lazy dog\n");
	for (;;) {
		irq_disable();
		if (boot_has_word("spin"))
			continue;
		irq_halt();
		irq_enable();
	}
}
