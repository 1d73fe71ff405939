/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the console a buffer without end and dies: nothing is done for the dead. */
/* expect: dead "hypercall 99 unknown" */
/* bystander: virtio_work_charged */
/* icount: yes */
/* guest-line: mem=68M */
#include "test/guests/lib/gconsole.h"

void test_main(void)
{
	struct gvirtio d;

	gconsole_give_zeros(&d, GCONSOLE_ENDLESS);
	hcall0(99);
}
