/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of a shadow's page table, made from the guest's in blocks of 16
 * and compared with them: beside the table lies a copy of the guest's entries
 * as they were seen last. What lies outside of the blocks in use is 0 in the
 * table and means nothing in the copy.
 */
#ifndef GATEHOUSE_CORE_SHADOW_BLOCKS_H
#define GATEHOUSE_CORE_SHADOW_BLOCKS_H

#include "core/shadow.h"

#define SHADOW_BLOCK 16u /* entries: 64 KiB of the guest */

static inline struct shadow_table *shadow_table_of(const struct shadow *s, const uint64_t *page)
{
	return &s->tables_of[((uintptr_t)page - s->pool) >> PAGE_SHIFT];
}

/* The bytes between the table's first entry and va's in the guest's table. */
static inline uint32_t shadow_entry_offset(const struct shadow *s, gva_t va)
{
	return pt_index(va) * (s->tables.is_pae ? 8 : 4);
}

/* The block with entry i again, as the guest has it. */
void shadow_block_fill(const struct guest *g, struct shadow_table *t, unsigned i);

/* Entry i again; its block, if that is not in use. */
void shadow_entry_refresh(const struct guest *g, struct shadow_table *t, unsigned i);

/* From now on the table stands for the guest's one at entries, which pde leads to. */
void shadow_blocks_follow(const struct guest *g, struct shadow_table *t, uint64_t pde,
			  gpa_t entries);

/*
 * All blocks in use again as the guest has them. Returns what it cost in steps
 * of some 20 instructions.
 */
unsigned shadow_blocks_compare(const struct guest *g, struct shadow_table *t);

/*
 * Forgets that block, which is in use, if the CPU used none of its entries since this was asked
 * last: what is not in use need not be compared. Returns what it cost, as above.
 */
unsigned shadow_block_age(struct shadow_table *t, unsigned block);

/* The table is all 0 again. */
void shadow_blocks_clear(struct shadow_table *t);

#endif
