/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow page tables: what the CPU walks while a guest runs, made on demand
 * from the guest's own tables (design section 2). Every page of them comes
 * from the guest's own pool; when it runs dry, old shadows are recycled.
 */
#ifndef GATEHOUSE_CORE_SHADOW_H
#define GATEHOUSE_CORE_SHADOW_H

#include "arch/x86/guest_walk.h"
#include "core/types.h"

#define SHADOW_ROOTS 64

struct guest;

/* The shadow of one top-level table. */
struct shadow_root {
	gpa_t gpa;
	bool is_used;
	uint16_t user_tables;  /* page tables of its own below shared_from */
	uint32_t flushes_seen; /* if not flush_alls: to be compared before it is current again */
	uint32_t last_used;
};

/*
 * What is known of a pool page that is the page table of 2 MiB. Blocks of 16
 * entries are filled and looked after together.
 */
struct shadow_table {
	uint32_t pde_low, pde_high; /* the guest's entry that leads to it; of it SHADOW_PDE_BITS */
	gpa_t entries;              /* the guest's, the first of as many as there are here */
	uint32_t blocks;            /* those that may have an entry that is not 0 */
	uint64_t *page;             /* what the CPU walks */
	uint32_t *copy;             /* a page: the guest's entries of the blocks, as seen last */
	uint16_t next, previous;    /* of the same owner: pool pages, 0 for none */
	uint16_t pde;               /* 2 MiB units */
	uint8_t hand;               /* its lower 5 bits: the block whose use is looked at next */
	bool is_stale; /* in no directory: to be compared with the guest's before it is used */
};

/* What counts of the lower half of an entry that leads to a page table. */
#define SHADOW_PDE_BITS ((uint32_t)(PAGE_MASK | PTE_P | PTE_W | PTE_U | PTE_PS))

/* A table in use that a guest named by SET_PTE: its next one is mostly there, too. */
struct shadow_place {
	gpa_t top;
	uint32_t pde; /* 2 MiB units; SHADOW_NO_PDE: none */
	struct shadow_table *table;
};

#define SHADOW_NO_PDE 0xFFFFu

struct shadow {
	struct guest_tables tables; /* top: the current one */
	struct shadow_place last;
	bool is_linear;       /* until the first NEW_PGTABLE: virtual = physical */
	bool format_is_ours;  /* we built the tables: the guest's own may be of the other format */
	uint32_t shared_from; /* first directory entry (2 MiB units) all roots share */
	uint64_t *shared_pd[4]; /* directories of the shared part, made on demand */
	struct shadow_root roots[SHADOW_ROOTS];
	uint8_t root_hints[64];  /* by a hash of its gpa, the root that was found last */
	gpa_t no_root;           /* the last one looked for that was not there */
	unsigned roots_end;      /* all roots in use are below */
	unsigned current;        /* index into roots */
	uint64_t roots_with_old; /* bit n: see shadow_forget_copies() before n is current */
	uint32_t use_clock;
	uint64_t (*pdpts)[4]; /* one a root, in one page of the pool */
	uint64_t *aliases;    /* page table of the window's upper half (core/fast.h) */
	hpa_t pool;
	struct shadow_table *tables_of; /* one a pool page, in the first pages of the pool */
	uint32_t first_table[SHADOW_ROOTS + 1]; /* of each root, and of the shared part */
	uint32_t stale_tables;                  /* of all owners */
	uint32_t first_dropped; /* tables whose pages are to be cleared before they are free */
	uint64_t *free_page;    /* all 0 but for the first word, which chains them */
	uint32_t unused;        /* pages from here to pool_pages were never used */
	uint32_t free_pages, pool_pages;
	uint32_t flush_alls;
	uint32_t nx; /* the upper half of PTE_NX if the CPU has it */
	/* Events: pages mapped, times the pool ran dry, tables given back, roots, flushes. */
	uint32_t filled, recycled, dropped, roots_made, flushes;
};

enum shadow_result {
	SHADOW_FIXED,   /* try the instruction again */
	SHADOW_DENIED,  /* the guest's own tables deny it: its page fault, *error_code set */
	SHADOW_DEVICE,  /* it maps device memory, at *device */
	SHADOW_STOPPED, /* the guest broke the contract and was stopped */
};

/* pages: the pool, at hpa, at least SHADOW_POOL_MIN; the guest starts in linear mode. */
#define SHADOW_POOL_MIN 64u
void shadow_init(struct guest *g, hpa_t pool, uint32_t pages);

/* Access to va failed with that hardware error code. */
enum shadow_result shadow_fault(struct guest *g, gva_t va, unsigned *error_code, uint64_t *device);

/* The hypercalls; bad arguments stop the guest. */
void shadow_new_top(struct guest *g, gpa_t top);
void shadow_set_pte(struct guest *g, gpa_t top, gva_t va); /* it is in its table already */
void shadow_set_top_entry(struct guest *g, gpa_t top, uint32_t index);
void shadow_set_pmd(struct guest *g, gpa_t directory, uint32_t index);
void shadow_flush_user(struct guest *g);
void shadow_flush_all(struct guest *g);

/* Tells from where on all roots share; before the end of linear mode. */
void shadow_set_kernel_address(struct guest *g, gva_t kernel_address);

/* Maps the ring-1 stack ahead of a trap, where the guest's tables allow it. */
void shadow_pin_stack(struct guest *g);

/* What the CPU walks for va in the current root: three levels, as far as there are tables. */
struct shadow_path {
	unsigned levels; /* entries that are there, 1 to 3 */
	hpa_t at[3];
	uint64_t entry[3];
};

/* The shadow is in use: the guest has run. */
struct shadow_path shadow_look(const struct shadow *s, gva_t va);

/*
 * I1: walks every root. Returns the number of mappings that are not the
 * guest's own memory or the window; each is logged.
 */
unsigned shadow_audit(const struct guest *g);

#endif
