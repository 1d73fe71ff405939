/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 200 KiB of lines (rounds= KiB) come out, however slow the line, with or without interrupt. */
/* expect: success */
#include "test/guests/lib/test.h"

static char lines[1024];

void test_main(void)
{
	memset(lines, '.', sizeof(lines) - 1);
	for (unsigned i = 31; i < sizeof(lines) - 1; i += 32)
		lines[i] = '\n';
	lines[sizeof(lines) - 2] = '\n';
	for (uint32_t left = boot_number("rounds", 200); left > 0; left--)
		hcall1(LHCALL_NOTIFY, virt_to_phys(lines));
}
