/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One flush with many address spaces and kernel_address amid 1 GiB: at most 100 us. */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M */
/* icount: yes */
#include "test/guests/lib/split.h"

SPLIT_DATA;

void test_main(void)
{
	split_roots();
	hcall1(LHCALL_FLUSH_TLB, 1);
}
