/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest whose kernel_address lies amid 1 GiB, so that each address space has a
 * directory of its own with the kernel's entries in it. Whoever uses this has
 * 2-level tables, and lguest_data from here.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_SPLIT_H
#define GATEHOUSE_TEST_GUESTS_LIB_SPLIT_H

#include "test/guests/lib/test.h"

#define SPLIT       0x40200000u /* kernel_address */
#define SPLIT_ROOTS 63u         /* as many as are remembered, but for the first */

/* Makes address spaces that all have a table of their own and the kernel's first one in use; the
 * first one is current again. */
void split_roots(void);

#endif
