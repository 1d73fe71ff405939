/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 200 KiB of lines come out, however slow the serial line and whether it has an interrupt. */
/* expect: success */
#include "test/guests/lib/test.h"

static char lines[1024];

void test_main(void)
{
	memset(lines, '.', sizeof(lines) - 1);
	for (unsigned i = 31; i < sizeof(lines) - 1; i += 32)
		lines[i] = '\n';
	lines[sizeof(lines) - 2] = '\n';
	for (unsigned i = 0; i < 200; i++)
		hcall1(LHCALL_NOTIFY, virt_to_phys(lines));
}
