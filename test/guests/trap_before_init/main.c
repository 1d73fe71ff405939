/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trap before LGUEST_INIT and without a handler ends the guest. */
/* expect: dead "(?i)trap|exception|handler|gate|#UD|invalid|vector" */
#include "test/guests/lib/test.h"

/* Its entry.S traps; this is what comes after. */
void test_main(void)
{
	test_failure("survived ud2 without a handler");
}
