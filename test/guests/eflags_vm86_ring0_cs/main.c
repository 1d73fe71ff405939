/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An iret to virtual-8086 mode with a cs that looks like ring 0: refused, or the guest's end. */
/* expect: success or dead "(?i)8086" */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	/* gs, fs, ds, es, ss, esp, eflags with VM, cs, eip */
	TRAP_TRY("pushl $0\n\tpushl $0\n\tpushl $0\n\tpushl $0\n\tpushl %%ss\n\tpushl $0x1000\n\t"
		 "pushl $0x23002\n\tpushl $0x1000\n\tpushl $0\n\tiret",
		 :
		 : "memory");
}
