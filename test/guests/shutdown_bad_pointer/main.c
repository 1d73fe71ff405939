/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHUTDOWN with a string outside RAM: the guest ends, with or without words, and the host goes on.
 */
/* expect: success or dead "(?i)0xf0000000|shutdown|address|outside|beyond" */
/* bystander: hello */
#include "test/guests/lib/test.h"

void test_main(void)
{
	printf("VERDICT: SUCCESS: about to call; the host's log and health show the rest\n");
	hcall2(LHCALL_SHUTDOWN, 0xF0000000, LGUEST_SHUTDOWN_POWEROFF);
	test_failure("survived SHUTDOWN");
}
