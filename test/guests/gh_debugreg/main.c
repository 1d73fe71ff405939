/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware breakpoints in a guest: set, hit, reported; none in the switcher window. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

#define DEBUG_SET   1
#define DR7_LOCAL_0 1u
#define DR7_WRITE_0 (1u << 16)
#define DR7_LEN4_0  (3u << 18)

static volatile uint32_t watched;
static volatile uint32_t hits, dr6;

static bool hit(struct regs *r)
{
	(void)r;
	hits++;
	dr6 = hcall3(LHCALL_GH_DEBUGREG, 6, 0, 0);
	hcall3(LHCALL_GH_DEBUGREG, 6, 0, DEBUG_SET);
	return true;
}

void test_main(void)
{
	trap_handle(TRAP_DEBUG, hit);
	hcall3(LHCALL_GH_DEBUGREG, 0, addr32(&watched), DEBUG_SET);
	hcall3(LHCALL_GH_DEBUGREG, 7, DR7_LOCAL_0 | DR7_WRITE_0 | DR7_LEN4_0, DEBUG_SET);
	CHECK(hcall3(LHCALL_GH_DEBUGREG, 0, 0, 0) == addr32(&watched), "dr0 reads 0x%x",
	      hcall3(LHCALL_GH_DEBUGREG, 0, 0, 0));
	watched = 1;
	CHECK(hits == 1, "%u hits after one write", hits);
	CHECK(dr6 & 1, "dr6 0x%x", dr6);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, DEBUG_SET);
	watched = 2;
	CHECK(hits == 1, "%u hits when disabled", hits);
	/* In the window: refused, so neither does the host trap on itself nor the guest see it. */
	for (uint32_t va = 0xFFC00000; va >= 0xFFC00000; va += PAGE_SIZE / 2) {
		hcall3(LHCALL_GH_DEBUGREG, 0, va, DEBUG_SET);
		hcall3(LHCALL_GH_DEBUGREG, 7, DR7_LOCAL_0, DEBUG_SET);
		hcall0(LHCALL_FLUSH_ASYNC);
		CHECK(hcall3(LHCALL_GH_DEBUGREG, 0, 0, 0) != va ||
			      !(hcall3(LHCALL_GH_DEBUGREG, 7, 0, 0) & 3),
		      "a breakpoint at 0x%x was accepted", va);
		hcall3(LHCALL_GH_DEBUGREG, 7, 0, DEBUG_SET);
	}
	CHECK(hits == 1, "%u hits in the end", hits);
}
