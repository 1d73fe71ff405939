/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anything but a move on the BAR ends the guest, whatever it would do there. */
/* paging: 2level */
/* expect: dead "other than mov" */
/* cases: 14 */
/* bystander: clock */
#include "test/guests/pci_console/driver.h"

#define ON_BAR(code)                                                                               \
	TRAP_TRY(code, : "a"(0), "b"(BAR_VA), "c"(1) : "memory", "cc", "edx", "esi", "edi")

void test_main(void)
{
	CHECK(pci_find(), "no console with all its capabilities in slot 1");
	bar_map();
	switch (test_case()) {
	case 0:
		ON_BAR("addl %%eax, (%%ebx)");
		break;
	case 1:
		ON_BAR("xchgl %%eax, (%%ebx)");
		break;
	case 2:
		ON_BAR("lock orl $1, (%%ebx)");
		break;
	case 3:
		ON_BAR("cmpb $1, (%%ebx)");
		break;
	case 4:
		ON_BAR("pushl (%%ebx)");
		break;
	case 5:
		ON_BAR("movl %%ebx, %%esi\n\tmovl %%ebx, %%edi\n\tcld\n\trep movsl");
		break;
	case 6:
		ON_BAR("movl %%ebx, %%edi\n\tstosb");
		break;
	case 7:
		ON_BAR("testl $1, (%%ebx)");
		break;
	case 8:
		ON_BAR("jmp *(%%ebx)");
		break;
	case 9:
		try_call(BAR_VA);
		break;
	case 10:
		ON_BAR("leal 64(%%ebx), %%esp\n\tpushl %%eax");
		break;
	case 11:
		ON_BAR("fldl (%%ebx)");
		break;
	case 12:
		ON_BAR("movw (%%ebx), %%fs"); /* a move, but not of these */
		break;
	default:
		ON_BAR("cmpxchg8b (%%ebx)");
	}
	test_failure("alive after case %u", test_case());
}
