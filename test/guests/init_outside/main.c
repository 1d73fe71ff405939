/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LGUEST_INIT with lguest_data outside RAM, or across its end, ends the guest. */
/* expect: dead "(?i)init|lguest_data|outside|address" */
#include "test/guests/lib/test.h"

void test_main(void)
{
	test_failure("survived LGUEST_INIT at 0xFFFFFFF0");
}
