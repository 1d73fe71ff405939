/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trap in ring 1 while its own esp is in the switcher window: the guest's problem only. */
/* paging: both */
/* expect: dead "(?i)stack" */
/* bochs: yes */
#include "test/guests/lib/test.h"

/* The end of the one page there that may be written, by the hypervisor. */
void test_main(void)
{
	__asm__ volatile("movl %0, %%esp\n\tud2" : : "r"(0xFFC12000));
	__builtin_unreachable();
}
