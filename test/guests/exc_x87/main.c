/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unmasked x87 error is #MF in the guest. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint16_t control = 0x37B; /* zero divide unmasked */
	static const uint16_t plain = 0x37F;

	TRAP_TRY("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait",
		 : "m"(control)
		 : "memory");
	CHECK(trap_was(16), "%u traps, vector %u", trap_seen.count, trap_seen.vector);
	TRAP_TRY("fnclex\n\tfninit\n\tfldcw %0", : "m"(plain));
	check_no_trap("fninit");
}
