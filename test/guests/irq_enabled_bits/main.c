/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of irq_enabled only bit 9 counts: iret paths store whole eflags there. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t never = 0;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	clock_arm_ns(50000);
	WRITE_ONCE(lguest_data.irq_enabled, 0xFFFFFDFF);
	wait_for(&never, 5);
	CHECK(!clock_count, "delivered with irq_enabled 0xFFFFFDFF");
	WRITE_ONCE(lguest_data.irq_enabled, 0x246);
	CHECK(wait_for(&clock_count, 100), "not delivered with irq_enabled 0x246");
	irq_disable();
}
