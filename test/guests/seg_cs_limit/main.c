/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest shrinks its own cs below its code: its fault or its death, alone. */
/* expect: success or dead "(?i)cs|segment|selector|descriptor|gdt|stack|fault|trap|handler" */
/* bochs: yes */
/* bystander: hello */
#include "test/guests/lib/test.h"

void test_main(void)
{
	segment_load(12, segment_make(0, 0x10, 0xBA, 0x4));
	/* TCG does not look at the limit, so this may well end. */
	for (unsigned i = 0; i < 1000; i++)
		hcall0(LHCALL_FLUSH_ASYNC);
}
