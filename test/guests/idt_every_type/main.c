/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates of all sorts for all vectors, then a present one of a bad type, which ends the guest. */
/* expect: dead "LOAD_IDT_ENTRY vector 128 type 0x" */
/* bochs: yes */
/* cases: 3 */
#include "test/guests/lib/test.h"

#define PRESENT 0x8000u

/* 16-bit trap, busy TSS; and a good one, but for the bit that says system descriptor. */
static const uint8_t bad[] = {0x7, 0xB, 0x1E};

static void set(uint32_t vector, uint32_t selector, uint32_t eip, uint32_t flags)
{
	hcall3(LHCALL_LOAD_IDT_ENTRY, vector, selector << 16 | (eip & 0xFFFF),
	       (eip & 0xFFFF0000) | flags);
}

void test_main(void)
{
	static const uint16_t selectors[] = {0, 0x50, 0x53, 0x61, 0x80, 0xF8, 0xFFFF};
	static const uint32_t targets[] = {0, 0x30000000, 0xFFC00000, 0xFFFFFFFF};

	for (uint32_t vector = 0; vector < 256; vector++) {
		for (uint32_t flags = 0; flags < PRESENT; flags += 0x500)
			set(vector, selectors[flags >> 8 & 3], targets[flags >> 9 & 3], flags);
		for (unsigned i = vector % 3; i < ARRAY_SIZE(selectors) * ARRAY_SIZE(targets);
		     i += 3)
			for (uint32_t type = GATE_INTERRUPT; type <= GATE_TRAP; type++)
				set(vector, selectors[i % ARRAY_SIZE(selectors)],
				    targets[i / ARRAY_SIZE(selectors)],
				    PRESENT | (i & 3) << 13 | type << 8);
		set(vector, 0, 0, 0);
	}
	set(0x80, 0x61, 0, PRESENT | (uint32_t)bad[test_case()] << 8);
	test_failure("a gate of type 0x%x was taken", bad[test_case()]);
}
