/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NEW_PGTABLE with a misaligned address ends the guest. */
/* expect: dead "(?i)page ?table|pgtable|align" */
/* paging: 2level */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_NEW_PGTABLE, pt_root() + 4);
	/* Should the host round it down, the boot tables are still there. */
	test_failure("survived a misaligned NEW_PGTABLE");
}
