/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DPL 0 becomes 1, and the accessed bit is set. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	for (unsigned dpl = 0; dpl < 4; dpl++) {
		for (unsigned type = 0; type < 16; type += 2) {
			struct descriptor d = segment_flat(dpl, type);
			uint32_t rights, want = dpl ? dpl : 1;

			segment_load(20, d);
			rights = segment_lar(20 << 3 | 1);
			CHECK(rights, "DPL %u type %u: not visible", dpl, type);
			CHECK((rights >> 13 & 3) >= 1, "DPL %u type %u: lar 0x%x is ring 0", dpl,
			      type, rights);
			CHECK((rights >> 13 & 3) == want, "DPL %u type %u: lar 0x%x", dpl, type,
			      rights);
			CHECK(rights & 0x100, "DPL %u type %u: lar 0x%x not accessed", dpl, type,
			      rights);
			CHECK(rights & 0x1000, "DPL %u type %u: lar 0x%x system", dpl, type,
			      rights);
		}
	}
}
