/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of a shadow's page table, in blocks: made, compared, forgotten. */
#include "core/shadow_blocks.h"

#include "core/guest.h"
#include "core/lib.h"

#define BLOCK SHADOW_BLOCK

/* Some 20 instructions each. */
#define STEPS_OF_FILLING 16u
#define STEPS_OF_AGING   4u

/* What becomes of the guest's entries, the same for all of a table. In 32-bit halves. */
struct making {
	uint32_t limit; /* entries beyond it lead to no memory */
	uint32_t keep;  /* what the guest's entry has of these, the shadow's has */
	uint32_t add;
	uint32_t no_exec, nx; /* upper halves */
};

static ALWAYS_INLINE struct making making_of(const struct guest *g, const struct shadow_table *t)
{
	return (struct making){
		.limit = g->mem_bytes,
		.keep = (t->pde_low & (uint32_t)(PTE_W | PTE_U)) |
			(uint32_t)(PAGE_MASK | PTE_P | PTE_A),
		.add = g->base + (uint32_t)PTE_D,
		.no_exec = t->pde_high,
		.nx = g->shadow.nx,
	};
}

/*
 * What walk_shadow_entry() says of the guest's entry, but 0 if the guest has not touched the
 * page, or it is no memory.
 */
static ALWAYS_INLINE uint64_t make_entry(const struct making *m, uint32_t low, uint32_t high)
{
	uint32_t writable_if_dirty = low >> 5 | ~(uint32_t)PTE_W;

	if (~low & (uint32_t)(PTE_P | PTE_A) || low >= m->limit ||
	    high & (uint32_t)(PTE_ADDR >> 32))
		return 0;
	return (uint64_t)((high | m->no_exec) & m->nx) << 32 |
	       ((low & m->keep & writable_if_dirty) + m->add);
}

/* The lower half of the guest's entry at from, and the upper; both are kept in the copy. */
static ALWAYS_INLINE uint32_t read_entry(const uint8_t *from, uint32_t *copy, bool is_pae,
					 uint32_t *high)
{
	uint32_t low;

	*high = 0;
	memcpy(&low, from, 4);
	copy[0] = low;
	if (is_pae) {
		memcpy(high, from + 4, 4);
		copy[1] = *high;
	}
	return low;
}

static ALWAYS_INLINE void take_block(const struct making *m, const uint8_t *from, uint32_t *copy,
				     uint64_t *to, bool is_pae)
{
	for (const uint64_t *end = to + BLOCK; to < end; to++) {
		uint32_t high, low = read_entry(from, copy, is_pae, &high);

		*to = make_entry(m, low, high);
		from += is_pae ? 8 : 4;
		copy += is_pae ? 2 : 1;
	}
}

void shadow_block_fill(const struct guest *g, struct shadow_table *t, unsigned i)
{
	const struct guest_tables *guest = &g->shadow.tables;
	const struct making m = making_of(g, t);

	t->blocks |= 1u << i / BLOCK;
	i &= ~(BLOCK - 1);
	if (guest->is_pae)
		take_block(&m, guest->memory + t->entries + i * 8, t->copy + i * 2, t->page + i,
			   true);
	else
		take_block(&m, guest->memory + t->entries + i * 4, t->copy + i, t->page + i, false);
}

/* For every entry that a guest changes: most are gone, or new. */
void shadow_entry_refresh(const struct guest *g, struct shadow_table *t, unsigned i)
{
	const struct guest_tables *guest = &g->shadow.tables;
	uint32_t low, high;
	struct making m;

	if (unlikely(!(t->blocks >> i / BLOCK & 1))) {
		shadow_block_fill(g, t, i);
		return;
	}
	if (guest->is_pae)
		low = read_entry(guest->memory + t->entries + i * 8, t->copy + i * 2, true, &high);
	else
		low = read_entry(guest->memory + t->entries + i * 4, t->copy + i, false, &high);
	if (~low & (uint32_t)(PTE_P | PTE_A)) {
		t->page[i] = 0;
		return;
	}
	m = making_of(g, t);
	t->page[i] = make_entry(&m, low, high);
}

void shadow_blocks_follow(const struct guest *g, struct shadow_table *t, uint64_t pde,
			  gpa_t entries)
{
	uint32_t low = (uint32_t)pde & SHADOW_PDE_BITS, high = (uint32_t)(pde >> 32);

	if (likely(low == t->pde_low && high == t->pde_high))
		return;
	t->pde_low = low;
	t->pde_high = high;
	t->entries = entries;
	for (uint32_t left = t->blocks; left; left &= left - 1)
		shadow_block_fill(g, t, (unsigned)__builtin_ctz(left) * BLOCK);
}

/* Whether the guest's entries are what they were. */
static inline bool is_same(const void *a, const void *b, unsigned words)
{
	bool same;

	__asm__ volatile("cmpl %%eax, %%eax\n\trepe cmpsl"
			 : "=@ccz"(same), "+S"(a), "+D"(b), "+c"(words)
			 :
			 : "memory");
	return same;
}

unsigned shadow_blocks_compare(const struct guest *g, struct shadow_table *t)
{
	unsigned steps = 0, words = g->shadow.tables.is_pae ? BLOCK * 2 : BLOCK;
	const uint8_t *guest = g->shadow.tables.memory + t->entries;

	for (uint32_t left = t->blocks; left; left &= left - 1) {
		unsigned block = (unsigned)__builtin_ctz(left), at = block * words;

		steps++;
		if (unlikely(!is_same(t->copy + at, guest + at * 4, words))) {
			shadow_block_fill(g, t, block * BLOCK);
			steps += STEPS_OF_FILLING;
		}
	}
	return steps;
}

static void forget(struct shadow_table *t, unsigned block)
{
	memset(t->page + block * BLOCK, 0, BLOCK * sizeof(uint64_t));
	t->blocks &= ~(1u << block);
}

unsigned shadow_block_age(struct shadow_table *t, unsigned block)
{
	uint64_t *page = t->page + block * BLOCK;
	uint32_t seen = 0;

	for (unsigned i = 0; i < BLOCK; i++) {
		seen |= (uint32_t)page[i];
		page[i] &= ~PTE_A;
	}
	if (!(seen & PTE_A))
		forget(t, block);
	return STEPS_OF_AGING;
}

void shadow_blocks_clear(struct shadow_table *t)
{
	while (t->blocks)
		forget(t, (unsigned)__builtin_ctz(t->blocks));
}
