/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space with as many shadow tables as there can be. */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_WIDE_H
#define GATEHOUSE_TEST_GUESTS_LIB_WIDE_H

#include "test/guests/lib/test.h"

/* Makes it current and reads in each 2 MiB below the kernel. 2-level tables. */
void wide_load(void);

#endif
