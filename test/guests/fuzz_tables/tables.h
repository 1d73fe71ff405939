/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables that change at random, and what they say at the moment. */
#ifndef GATEHOUSE_TEST_GUESTS_FUZZ_TABLES_TABLES_H
#define GATEHOUSE_TEST_GUESTS_FUZZ_TABLES_TABLES_H

#include "test/guests/lib/fuzz.h"

enum view {
	VIEW_ABSENT,
	VIEW_PAGE,
	VIEW_FATAL, /* what no guest may touch: memory it has not, large pages */
};

struct tables_view {
	enum view kind;
	uint32_t gpa; /* of the byte at that address */
	bool may_write, may_use_in_ring3, is_data;
	bool is_accessed, is_dirty;
};

void tables_init(void);

/* Changes something, and tells the host of it, or not. */
void tables_change(void);

/* Another address space. */
void tables_switch(void);

/* An address, somewhere in what changes; a multiple of 4. */
uint32_t tables_va(void);

/* What the tables say of it, after the host was told that all may have changed, if it must be. */
struct tables_view tables_look(uint32_t va);

#endif
