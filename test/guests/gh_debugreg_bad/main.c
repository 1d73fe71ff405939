/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A debug register that does not exist is refused: an error or the guest's death. */
/* expect: success or dead "(?i)debug|register" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall3(LHCALL_GH_DEBUGREG, 4, 0xFFFFFFFF, 1);
	hcall3(LHCALL_GH_DEBUGREG, 8, 0xFFFFFFFF, 1);
	hcall3(LHCALL_GH_DEBUGREG, 0xFFFFFFFF, 0xFFFFFFFF, 1);
	/* General detect, and bits that are reserved. */
	hcall3(LHCALL_GH_DEBUGREG, 7, 0xFFFFFFFF, 1);
	hcall3(LHCALL_GH_DEBUGREG, 6, 0xFFFFFFFF, 1);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
}
