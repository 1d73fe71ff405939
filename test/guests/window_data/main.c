/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring 1 cannot write the switcher's text and state pages; what it scribbles elsewhere does no
 * harm. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define PAGES 512 /* the lower half */

static uint8_t readable[PAGES], writable[PAGES];

#define UPPER_HALF 0xFFE00000u

/* Its last word; the first may be in the page before. */
#define MARKER READ_ONCE(lguest_data.hcalls[LHCALL_RING_SIZE - 1].esi)

/*
 * The upper half shows this guest its own memory, and what the fast tier goes
 * by. What can be written there is lguest_data: a change is seen in it.
 */
static void check_upper_half(void)
{
	uint32_t marker = addr32(&lguest_data.hcalls[LHCALL_RING_SIZE - 1].esi);
	uint32_t pages = marker / PAGE_SIZE - addr32(&lguest_data) / PAGE_SIZE + 1, value;
	uint32_t writes = 0, own = 0;

	for (uint32_t va = UPPER_HALF; va; va += PAGE_SIZE) {
		uint32_t at = va + (marker & ~PAGE_MASK), before = MARKER;

		if (!try_read(at, &value) || !try_write(at, ~value))
			continue;
		writes++;
		own += value == before && MARKER == ~before;
		try_write(at, value);
	}
	CHECK(own == 1 && writes == pages, "%u pages can be written, %u of them its own", writes,
	      own);
}

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
	check_upper_half();
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
