/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NEW_PGTABLE with the last page of the address space ends the guest. */
/* expect: dead "(?i)page ?table|pgtable|outside|address" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_NEW_PGTABLE, 0xFFFFF000);
	test_failure("survived NEW_PGTABLE 0xFFFFF000");
}
