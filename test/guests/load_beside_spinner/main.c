/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that spins without ever leaving does not keep another from being loaded. */
/* expect: success */
/* alone: the bystander's start is what is looked at */
/* expect-log: "^\\[    [0-3]\\.[0-9]*\\] guest \"bystander\": started" */
/* guest-line: mem=4M tsc=on */
/* icount: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint64_t end;

	need_tsc();
	irq_disable();
	/* its bystander has four times its memory, and is not loaded yet */
	for (end = rdtsc() + tsc_from_ns(5000 * (uint64_t)NSEC_PER_MSEC); rdtsc() < end;)
		barrier();
}
