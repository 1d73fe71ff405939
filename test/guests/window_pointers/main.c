/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host does not follow guest pointers into the switcher window or beyond RAM. */
/* expect: success or dead "(?i)address|outside|notify|window|beyond" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_NOTIFY, 0xFFC00000);
	hcall1(LHCALL_LOAD_TLS, 0xFFFFFFF8);
	hcall1(LHCALL_NEW_PGTABLE, 0xFFC00000);
}
