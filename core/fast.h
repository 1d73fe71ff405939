/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fast tier (arch/x86/fast.h) sees of a guest's memory: aliases in the
 * guest's own half of the window, in one page table of its shadow pool that all
 * its roots share. Whatever they show is that guest's memory (I1), and but for
 * lguest_data read-only, so no change of the guest's tables has to be followed.
 */
#ifndef GATEHOUSE_CORE_FAST_H
#define GATEHOUSE_CORE_FAST_H

#include "arch/x86/guest_walk.h"
#include "core/types.h"

struct guest;

/* The window's upper half, in 2 MiB units. */
#define FAST_PDE (WINDOW_FAST >> PD_SHIFT)

/* aliases: an empty page. Nothing but the guest's struct fast_page is seen yet. */
void fast_init(struct guest *g, uint64_t *aliases);

/* LGUEST_INIT: lguest_data is at g->data, within RAM. */
void fast_set_data(struct guest *g);

/* The current top-level table is another one, or one of its entries (PAE). */
void fast_set_top(struct guest *g);

/* A page fault's walk came by the page table with this entry. */
void fast_note_table(struct guest *g, gpa_t pte_gpa);

/* I1: how many aliases show what they must not. */
unsigned fast_audit(const struct guest *g);

/* Whether they may answer: g->config, and whether somebody wants to see it all. */
void fast_allow(struct guest *g);

#endif
