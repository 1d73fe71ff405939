/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interrupt whose vector has no gate does not hurt the host. */
/* expect: success or dead "(?i)interrupt|handler|gate|vector|irq" */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t never = 0;

	need_tsc();
	hcall3(LHCALL_LOAD_IDT_ENTRY, IRQ_CLOCK_VECTOR, 0, 0);
	irq_enable();
	clock_arm_ns(100000);
	wait_for(&never, 5);
	hcall0(LHCALL_SEND_INTERRUPTS);
}
