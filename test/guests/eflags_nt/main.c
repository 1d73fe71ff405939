/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NT survives hypercalls and interrupts; iret with NT set is the guest's fault. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t eax = LHCALL_FLUSH_ASYNC, flags;

	/* The host must not be led to a task return by it. */
	__asm__ volatile(
		"pushl $0x4202\n\tpopfl\n\tint $0x1F\n\tpushfl\n\tpopl %1\n\tpushl $0x202\n\tpopfl"
		: "+a"(eax), "=r"(flags)
		:
		: "memory", "cc");
	CHECK(flags & X86_EFLAGS_NT, "eflags 0x%x after a hypercall", flags);
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_enable();
	clock_arm_ns(NSEC_PER_MSEC);
	__asm__ volatile("pushl $0x4202\n\tpopfl" : : : "memory", "cc");
	while (!clock_count)
		barrier();
	__asm__ volatile("pushfl\n\tpopl %0\n\tpushl $0x202\n\tpopfl"
			 : "=r"(flags)
			 :
			 : "memory", "cc");
	CHECK(flags & X86_EFLAGS_NT, "eflags 0x%x after an interrupt", flags);
	irq_disable();
	TRAP_TRY("pushl $0x202\n\tpushl %%cs\n\tpushl $1f\n\tpushl $0x4202\n\tpopfl\n\tiret\n1:",
		 :
		 : "memory", "cc");
	CHECK(trap_seen.count == 1 && (trap_seen.vector == 10 || trap_seen.vector == 13),
	      "iret with NT: %u traps, vector %u", trap_seen.count, trap_seen.vector);
	__asm__ volatile("pushl $0x202\n\tpopfl\n\t" : : : "memory", "cc");
}
