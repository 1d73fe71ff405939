/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest turns the descriptor of its own cs into a data segment: it dies, alone. */
/* expect: dead "(?i)cs|segment|selector|descriptor|gdt" */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	segment_load(12, segment_flat(1, SEGMENT_DATA));
	hcall0(LHCALL_FLUSH_ASYNC);
	test_failure("survived with a data segment in cs");
}
