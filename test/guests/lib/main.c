/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry point of test guests. */
#include "test/guests/lib/test.h"

void guest_main(void)
{
	test_main();
	test_success("all checks passed");
}
