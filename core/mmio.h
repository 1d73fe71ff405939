/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's access to device memory: the instruction is decoded and carried out. */
#ifndef GATEHOUSE_CORE_MMIO_H
#define GATEHOUSE_CORE_MMIO_H

#include "core/types.h"

struct guest;

/* An access to gpa, beyond memory, faulted at eip. False: no device is there. */
bool mmio_access(struct guest *g, uint64_t gpa);

#endif
