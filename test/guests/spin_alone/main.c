/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that spins with interrupts off harms no bystander. */
/* expect: success */
/* bystander: clock */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint64_t end;

	need_tsc();
	irq_disable();
	for (end = rdtsc() + tsc_from_ns(500 * NSEC_PER_MSEC); rdtsc() < end;)
		barrier();
}
