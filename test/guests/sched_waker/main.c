/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sleeps and is woken at once, for 300 ms: the bystander of sched_wake_flood. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

extern const char nothing[];
__asm__("nothing: iret");

void test_main(void)
{
	uint64_t end;
	uint32_t rounds = 0;

	need_tsc();
	trap_gate_to(IRQ_CLOCK_VECTOR, GATE_TRAP, 0, addr32(nothing));
	end = rdtsc() + tsc_from_ns(boot_number("ms", 300) * (uint64_t)NSEC_PER_MSEC);
	for (; rdtsc() < end; rounds++) {
		irq_disable(); /* nothing comes between the two */
		hcall_async(LHCALL_SET_CLOCKEVENT, 1, 0, 0, 0);
		hcall0(LHCALL_HALT);
	}
	printf("%u rounds\n", rounds);
}
