/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_TLS from outside RAM ends the guest. */
/* expect: dead "(?i)tls|address|outside" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	/* The device pages follow RAM and may count as the guest's memory; this is beyond them. */
	hcall1(LHCALL_LOAD_TLS, boot_ram_bytes() + (256u << 20));
	test_failure("survived LOAD_TLS outside RAM");
}
