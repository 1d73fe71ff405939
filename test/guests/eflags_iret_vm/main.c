/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iret in ring 1 to flags with VM set does not enter VM86 mode. */
/* expect: success or dead "(?i)vm86|virtual.8086|eflags|iret|stack|trap" */
/* bochs: yes */
#include "test/guests/lib/test.h"

/*
 * A CPU ignores VM in the flags popped unless it is in ring 0 (SDM 2A, IRET).
 * QEMU 7.2's TCG enters VM86 mode all the same, with the frame's IOPL; the host
 * must then end the guest. What follows the frame are harmless VM86 segments.
 */
void test_main(void)
{
	uint32_t got;

	TRAP_TRY("pushl $0\n\tpushl $0\n\tpushl $0\n\tpushl $0\n\tpushl %%ss\n\tpushl $0x1000\n\t"
		 "pushl $0x23002\n\tpushl %%cs\n\tpushl $1f\n\tiret\n1:\tpushfl\n\tpopl %0",
		 "=&a"(got)
		 :
		 : "memory", "cc");
	if (!trap_seen.count)
		CHECK((got & X86_EFLAGS_IF) && !(got & (X86_EFLAGS_IOPL | X86_EFLAGS_VM)),
		      "eflags 0x%x", got);
}
