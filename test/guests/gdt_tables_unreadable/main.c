/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lldt, ltr, sldt-made selectors: a guest cannot load system registers. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	TRAP_TRY("lldt %w0", : "r"(0));
	check_fault("lldt", TRAP_PROTECTION, 0);
	TRAP_TRY("ltr %w0", : "r"(16 << 3));
	check_fault("ltr", TRAP_PROTECTION, 0);
	TRAP_TRY("ljmp $0x83, $0");
	CHECK(trap_was(TRAP_PROTECTION), "ljmp to a TSS: %u traps vector %u", trap_seen.count,
	      trap_seen.vector);
	TRAP_TRY("ljmp $0xFB, $0");
	CHECK(trap_was(TRAP_PROTECTION), "ljmp to the double fault TSS: %u traps vector %u",
	      trap_seen.count, trap_seen.vector);
	TRAP_TRY("ljmp $0x50, $0");
	CHECK(trap_was(TRAP_PROTECTION), "ljmp to ring 0: %u traps vector %u", trap_seen.count,
	      trap_seen.vector);
}
