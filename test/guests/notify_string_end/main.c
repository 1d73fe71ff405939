/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An early console string that runs to the end of RAM is cut; its length is bounded. */
/* expect: success */
/* guest-line: mem=4M */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t end = boot_ram_bytes();
	char *text = phys_to_virt(end - 64);

	memset(text, 'n', 64);
	hcall1(LHCALL_NOTIFY, end - 64);
	text[63] = '\n';
	hcall1(LHCALL_NOTIFY, end - 1);
	/* A mebibyte without a newline or NUL. */
	text = phys_to_virt(end - (1 << 20) - 64);
	memset(text, '-', 1 << 20);
	text[1 << 20] = '\0';
	text[(1 << 20) - 1] = '\n';
	hcall1(LHCALL_NOTIFY, virt_to_phys(text + (1 << 20) - 20000));
	/* The host may have cut that anywhere. */
	hcall1(LHCALL_NOTIFY, virt_to_phys("\n"));
}
