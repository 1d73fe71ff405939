/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spins with interrupts off for ms= milliseconds: what others have to live beside. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint64_t end;

	need_tsc();
	irq_disable();
	end = rdtsc() + tsc_from_ns(boot_number("ms", 100) * (uint64_t)NSEC_PER_MSEC);
	while (rdtsc() < end)
		barrier();
}
