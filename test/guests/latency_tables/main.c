/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dropping as many tables as an address space can have: at most 100 us. */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M shadow=16M */
/* icount: yes */
#include "test/guests/lib/wide.h"

void test_main(void)
{
	wide_load();
	hcall1(LHCALL_FLUSH_TLB, boot_number("all", 0));
}
