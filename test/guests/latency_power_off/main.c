/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a guest of some size keeps interrupts off no longer than 100 us. */
/* expect: success */
/* guest-line: mem=128M */
/* icount: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

void test_main(void)
{
}
