/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits as text for people: registers, descriptors, page table entries. Pure. */
#ifndef GATEHOUSE_CORE_SHOW_H
#define GATEHOUSE_CORE_SHOW_H

#include "arch/x86/descriptor.h"
#include "arch/x86/guest_walk.h"
#include "core/types.h"

#define SHOW_MAX 80u /* enough for what any of these writes */

/* The flags that are set, by their names in SDM 1 figure 3-8: "IF ZF PF". */
void show_eflags(char to[SHOW_MAX], uint32_t eflags);

/* "code ring 1 00000000 limit ffffffff", "empty". */
void show_descriptor(char to[SHOW_MAX], uint64_t descriptor);

/* What became of a wish (DESCRIPTOR_* bits); "" for 0. */
void show_descriptor_changes(char to[SHOW_MAX], unsigned changes);

/* "trap gate 0061:c0101234 dpl 3", "none". */
void show_gate(char to[SHOW_MAX], uint64_t gate);

/* Where a trap goes and by which rule. */
const char *show_gate_way(enum gate_way way);

/* "#PF" and so on; "" for those without a name. */
const char *show_vector(unsigned vector);

/* "PWUADX", a dash for each that is not set; X: no execution. */
void show_entry(char to[7], uint64_t entry);

/*
 * Why the shadow is as it is beside the guest's tables. leaf: its entry, 0
 * without one; at: where the guest's page lies, if it is memory; nx_bit as for
 * walk_shadow_entry().
 */
const char *show_walk(const struct walk *w, uint64_t leaf, bool is_memory, hpa_t at,
		      uint64_t nx_bit);

/* Sixteen bytes as hex and ASCII, of which those in [from, end) are there; 67 characters. */
void show_bytes(char to[SHOW_MAX], const uint8_t bytes[16], unsigned from, unsigned end);

#endif
