/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that never gives up the CPU ends when it wants to; also load for other tests (ms=). */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

void test_main(void)
{
	need_tsc();
	for (uint32_t left = boot_number("ms", 50); left > 0; left--) {
		uint64_t end = rdtsc() + tsc_from_ns(NSEC_PER_MSEC);

		while (rdtsc() < end)
			;
	}
}
