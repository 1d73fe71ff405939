/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's access to device memory: the instruction is decoded and carried out. */
#ifndef GATEHOUSE_CORE_MMIO_H
#define GATEHOUSE_CORE_MMIO_H

#include "core/guest.h"

/* Where a page of device memory at va is noted: drivers map them with a page between. */
static inline gva_t *mmio_page_of(struct guest *g, gva_t va)
{
	return &g->devices.mmio_va[va / (2 * PAGE_SIZE) % MMIO_PAGES];
}

/* An access to gpa, beyond memory, faulted at eip. False: no device is there. */
bool mmio_access(struct guest *g, uint64_t gpa);

/*
 * A page fault at va, in a page where an access was (mmio_page_of()): done,
 * if it is another one that the guest's tables allow as they are now.
 * False: nothing has changed.
 */
bool mmio_access_again(struct guest *g, gva_t va, uint32_t error_code);

#endif
