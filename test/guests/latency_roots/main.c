/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One address space too many: the oldest goes, which has as many tables as it can: at most 100 us.
 */
/* paging: 2level */
/* expect: success */
/* guest-line: mem=16M shadow=16M */
/* icount: yes */
#include "test/guests/lib/wide.h"

#define ROOTS 64

void test_main(void)
{
	wide_load();
	for (unsigned r = 0; r < ROOTS; r++)
		pt_load(pt_create());
}
