/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_GDT_ENTRY beyond 31 ends the guest. */
/* expect: dead "(?i)gdt|entry|descriptor" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	segment_load(32, segment_flat(3, SEGMENT_DATA));
	test_failure("survived LOAD_GDT_ENTRY 32");
}
