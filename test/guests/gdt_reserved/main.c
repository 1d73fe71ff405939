/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to the host's GDT entries (10, 11, 16, 31) are ignored. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint8_t reserved[] = {10, 11, 16, 31};

	for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++) {
		uint32_t before = segment_lar(reserved[i] << 3 | 1), after;

		segment_load(reserved[i], segment_flat(3, SEGMENT_DATA));
		after = segment_lar(reserved[i] << 3 | 1);
		CHECK(before == after, "entry %u: lar 0x%x became 0x%x", reserved[i], before,
		      after);
		segment_load(reserved[i], (struct descriptor){0, 0});
	}
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(!segment_lar(10 << 3) && !segment_lar(11 << 3), "the host's segments are visible");
}
