/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring 1 cannot write the switcher's text and state pages; what it scribbles elsewhere does no
 * harm. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define PAGES 1024

static uint8_t readable[PAGES], writable[PAGES];

void test_main(void)
{
	uint32_t start = window_start(), reads = 0, writes = 0, value;

	CHECK(start >= 0xC0000000u && READ_ONCE(lguest_data.reserve_mem) <= 16u << 20,
	      "reserve_mem 0x%x", READ_ONCE(lguest_data.reserve_mem));
	for (unsigned i = 0; i < PAGES; i++) {
		uint32_t va = 0xFFC00000 + i * PAGE_SIZE;

		readable[i] = try_read(va, &value);
		writable[i] = try_write(va + 0xFFC, 0xBADBAD00);
		reads += readable[i];
		writes += writable[i];
		CHECK(!writable[i] || readable[i], "0x%x can be written but not read", va);
	}
	printf("%u pages of the window can be read, %u written\n", reads, writes);
	/* Only the entry stack page of this CPU (design, section 2). */
	CHECK(writes <= 1, "%u pages can be written", writes);
	CHECK(reads <= 16, "%u pages can be read", reads);
	/* Scribble all over what can be written, while traps come and go. */
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < PAGES; i++) {
			if (!writable[i])
				continue;
			memset((void *)(0xFFC00000 + i * PAGE_SIZE), (int)round, PAGE_SIZE);
			hcall0(LHCALL_FLUSH_ASYNC);
			TRAP_TRY("ud2");
			CHECK(trap_was(TRAP_INVALID_OPCODE), "a trap went astray");
		}
	}
}
