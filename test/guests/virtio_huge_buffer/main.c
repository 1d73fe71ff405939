/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console buffer whose lengths add up to 4 GiB is refused, not printed. */
/* expect: success */
/* guest-line: mem=68M */
/* bystander: clock */
#include "test/guests/lib/gconsole.h"

#define PIECE (64u << 20) /* of 64 */

void test_main(void)
{
	struct gvirtio d;

	gconsole_give_zeros(&d, PIECE);
}
