/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables of a shadow, one for each 2 MiB that has any: kept in step
 * with the guest's tables entry by entry. Each belongs to a root or to the
 * shared part, and is linked into directories or waits, stale, to be compared
 * with the guest's table before it is used again.
 */
#ifndef GATEHOUSE_CORE_SHADOW_TABLES_H
#define GATEHOUSE_CORE_SHADOW_TABLES_H

#include "core/shadow.h"

/* What comparing may cost at once when a guest flushes, in steps of some 20 instructions; what is
 * more follows when it is used. */
#ifndef SHADOW_RESYNC_BUDGET
#define SHADOW_RESYNC_BUDGET 512u
#endif

/* Whom a table belongs to: a root's number, or this for all roots. */
#define SHADOW_SHARED SHADOW_ROOTS

/* The shadow's entry of va in the current root's tables; NULL if there is no table in use. */
uint64_t *shadow_leaf(const struct shadow *s, unsigned root, gva_t va);

/*
 * Maps va, with tables made on the way: pde is the guest's directory entry, at pte_gpa its entry of
 * va. Neighbours the guest has touched before are mapped with it.
 * False: the pool is dry and nothing has changed but maybe a directory.
 */
bool shadow_map(struct guest *g, gva_t va, uint64_t pde, gpa_t pte_gpa);

/* Maps va to the page at hpa, in linear mode. False: the pool is dry. */
bool shadow_map_linear(struct guest *g, gva_t va, hpa_t hpa);

/* The root's directory i, made when missing; NULL when the pool is dry. */
uint64_t *shadow_directory(struct guest *g, unsigned root, unsigned i);

/*
 * An entry that is no longer what the guest has: where it has another, touched before, that.
 * Returns its table; NULL if none is in use there.
 */
struct shadow_table *shadow_refresh(struct guest *g, unsigned owner, gpa_t top, gva_t va);

/* Gives up the table at directory entry pde, if there is one. */
void shadow_drop_table(struct shadow *s, unsigned owner, uint32_t pde);

/* Those below its directory i, in the time that a walk of all its tables takes. */
void shadow_drop_directory(struct shadow *s, unsigned owner, unsigned i);

/* All tables of that owner. */
void shadow_drop_tables(struct shadow *s, unsigned owner);

/*
 * Takes the copies of shared entries out of the root's directory that kernel_address
 * splits: some may lead to tables that were dropped while it was not current.
 */
void shadow_forget_copies(struct shadow *s, unsigned root);

/* The root, its tables, its directories. */
void shadow_drop_root(struct shadow *s, unsigned root);

/*
 * The owner's tables follow the guest's: at once as far as *budget allows, which is diminished; the
 * others when they are used next. The owner is the current root, or the shared part.
 */
void shadow_resync(struct guest *g, unsigned owner, unsigned *budget);

static inline bool shadow_is_shared(const struct shadow *s, uint32_t pde)
{
	return pde >= s->shared_from;
}

/* Whether the whole 1 GiB directory i belongs to the shared part. */
static inline bool shadow_directory_is_shared(const struct shadow *s, unsigned i)
{
	return i * PTE_ENTRIES >= s->shared_from;
}

static inline unsigned shadow_owner(const struct shadow *s, unsigned root, gva_t va)
{
	return shadow_is_shared(s, va >> PD_SHIFT) ? SHADOW_SHARED : root;
}

#endif
