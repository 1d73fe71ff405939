/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHUTDOWN with a string outside RAM ends the guest, not the host. */
/* expect: dead "(?i)0xf0000000|shutdown|address|outside|beyond" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall2(LHCALL_SHUTDOWN, 0xF0000000, LGUEST_SHUTDOWN_POWEROFF);
	test_failure("survived SHUTDOWN");
}
