/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NEW_PGTABLE with a table outside RAM ends the guest. */
/* expect: dead "(?i)page ?table|pgtable|outside|address" */
/* paging: both */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_NEW_PGTABLE, ALIGN_UP(boot_ram_bytes(), PAGE_SIZE) + (64u << 20));
	test_failure("survived NEW_PGTABLE outside RAM");
}
