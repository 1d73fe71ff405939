/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A breakpoint on an address where the hypervisor has its code or stack never stops it. */
/* expect: success */
/* bochs: yes */
/* cases: 4 */
#include "test/guests/lib/test.h"

/* Write, read/write and execute breakpoints of 4 bytes; and all four at once. */
static const uint32_t kinds[] = {0x000D0001, 0x000F0001, 0x00000001, 0xDDDD0055};

void test_main(void)
{
	uint32_t dr7 = kinds[boot_number("case", 0) % ARRAY_SIZE(kinds)];

	for (uint32_t at = 0x100000; at < 0x180000; at += 0x1000) {
		for (unsigned n = 0; n < 4; n++)
			hcall3(LHCALL_GH_DEBUGREG, n, at + n * 0x404, 1);
		CHECK(hcall3(LHCALL_GH_DEBUGREG, 7, dr7, 1) == 0, "DR7 0x%x refused", dr7);
		hcall0(LHCALL_FLUSH_ASYNC);
		hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
	}
}
