/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a breakpoint on 0x8000, then leaves a hit of a watchpoint behind, for debug_disabled_bits. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define DR7_EXECUTE_0 1u
#define DR7_ACCESS_0  0x30001u

static uint16_t watched = LGUEST_DS;

static bool ignore(struct regs *r)
{
	return r != NULL;
}

/* On a real CPU the trap of the watchpoint waits behind the load of ss, and arrives in the
 * hypercall's stub in ring 0 (CVE-2018-8897). QEMU has it at once, Bochs drops it. */
static void hit_in_ring0(void)
{
	uint32_t eax = LHCALL_FLUSH_ASYNC;

	__asm__ volatile("movw %1, %%ss\n\tint $0x1F" : "+a"(eax) : "m"(watched) : "memory");
}

void test_main(void)
{
	trap_handle(TRAP_DEBUG, ignore);
	for (unsigned i = 0; i < 50; i++) {
		hcall3(LHCALL_GH_DEBUGREG, 0, i & 1 ? 0x8000 : addr32(&watched), 1);
		hcall3(LHCALL_GH_DEBUGREG, 7, i & 1 ? DR7_EXECUTE_0 : DR7_ACCESS_0, 1);
		if (!(i & 1))
			hit_in_ring0();
		set_deadline(NSEC_PER_MSEC);
		irq_halt();
	}
}
