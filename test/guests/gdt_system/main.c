/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System descriptors of every kind are refused and never become visible. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

/* Assumption: refused means that the entry reads as absent, and the guest goes on. */
void test_main(void)
{
	for (unsigned type = 0; type < 16; type++) {
		/* A gate of that type into the guest's own code at a low privilege's reach, or a
		 * segment of that type at 0. */
		segment_load(20, (struct descriptor){
					 .low = (uint32_t)LGUEST_CS << 16 | 0x1000,
					 .high = 0x00100000 | 0x8000 | 3 << 13 | type << 8,
				 });
		CHECK(!segment_lar(20 << 3 | 1), "type %u is visible: lar 0x%x", type,
		      segment_lar(20 << 3 | 1));
		TRAP_TRY("lcall $0xA1, $0");
		CHECK(trap_was(TRAP_PROTECTION) || trap_was(TRAP_NOT_PRESENT),
		      "lcall through type %u: %u traps, vector %u", type, trap_seen.count,
		      trap_seen.vector);
	}
}
