/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of a guest whatever it does, looked at as a whole. Only test runs do. */
#ifndef GATEHOUSE_CORE_AUDIT_H
#define GATEHOUSE_CORE_AUDIT_H

#include <stdint.h>

struct guest;

/* I1, I2, I3: its shadows, the host's tables, the CPU's descriptors. Findings, each logged; takes
 * as long as there are shadows. The guest has memory. */
unsigned audit_guest(const struct guest *g);

/*
 * LHCALL_GH_TEST. what 0: audits, and returns the findings; 1: word n of a few
 * that outlive the guest's lives; 2: sets it. -EINVAL for others.
 */
uint32_t audit_call(struct guest *g, uint32_t what, uint32_t n, uint32_t value);

#endif
