/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A breakpoint on an address where the hypervisor has its code or stack never stops it. */
/* expect: success */
/* bochs: yes */
/* paging: 2level */
/* cases: 4 */
#include "test/guests/lib/test.h"

#define HOST_START 0x100000u
#define HOST_END   0x200000u
/* A call of ours leaves more than that on the host's stack. */
#define STEP 64u

/* Our own code and stack are above 3 GiB. Write, read/write and execute breakpoints of 4 bytes; and
 * all four at once. */
static const uint32_t kinds[] = {0x000D0001, 0x000F0001, 0x00000001, 0xDDDD0055};

/* Every call that moves a breakpoint leaves and enters with the ones before in force. */
void test_main(void)
{
	uint32_t dr7 = kinds[test_case() % ARRAY_SIZE(kinds)];
	unsigned in_use = dr7 & 4 ? 4 : 1;

	for (unsigned n = 0; n < 4; n++)
		hcall3(LHCALL_GH_DEBUGREG, n, HOST_START, 1);
	CHECK(hcall3(LHCALL_GH_DEBUGREG, 7, dr7, 1) == 0, "DR7 0x%x refused", dr7);
	for (uint32_t at = HOST_START; at < HOST_END; at += STEP)
		CHECK(hcall3(LHCALL_GH_DEBUGREG, at / STEP % in_use, at, 1) == 0, "0x%x refused",
		      at);
}
