/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest ruins the descriptor of its own ss (dpl3): it dies, alone. */
/* expect: dead "(?i)cs|ss|segment|selector|descriptor|stack|gdt" */
/* bochs: yes */
/* bystander: hello */
#include "test/guests/lib/test.h"

void test_main(void)
{
	segment_load(13, segment_flat(3, SEGMENT_DATA));
	hcall0(LHCALL_FLUSH_ASYNC);
	test_failure("survived with a ruined ss");
}
