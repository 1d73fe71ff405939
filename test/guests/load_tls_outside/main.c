/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_TLS from outside RAM ends the guest. */
/* expect: dead "(?i)tls|address|outside" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	hcall1(LHCALL_LOAD_TLS, boot_ram_bytes() - 16);
	test_failure("survived LOAD_TLS at the end of RAM");
}
