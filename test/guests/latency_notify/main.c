/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thousand empty lines in one NOTIFY keep interrupts off no longer than 100 us. */
/* expect: success */
/* icount: yes */
#include "test/guests/lib/test.h"

static char lines[1024];

void test_main(void)
{
	memset(lines, '\n', sizeof(lines) - 1);
	hcall1(LHCALL_NOTIFY, virt_to_phys(lines));
}
