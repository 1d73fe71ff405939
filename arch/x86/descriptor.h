/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors: what a guest asks for and what the CPU may get. Pure functions
 * over all 2^64 inputs (I3); bits as in SDM 3A 3.4.5, 3.5, 6.11.
 */
#ifndef GATEHOUSE_ARCH_X86_DESCRIPTOR_H
#define GATEHOUSE_ARCH_X86_DESCRIPTOR_H

#include "core/types.h"

#define DESC_ACCESSED   (1ull << 40)
#define DESC_CONFORMING (1ull << 42) /* of code: also "expand down" of data */
#define DESC_CODE       (1ull << 43)
#define DESC_ORDINARY   (1ull << 44) /* S: code or data, not a system descriptor */
#define DESC_DPL(n)     ((uint64_t)(n) << 45)
#define DESC_DPL_OF(d)  ((unsigned)((d) >> 45) & 3)
#define DESC_PRESENT    (1ull << 47)
#define DESC_LONG       (1ull << 53)

#define GATE_TYPE_OF(g)   ((unsigned)((g) >> 40) & 0x1F) /* with S, which must be 0 */
#define GATE_INTERRUPT    0x0E
#define GATE_TRAP         0x0F
#define GATE_TASK         0x05
#define GATE_OFFSET_OF(g) ((uint32_t)((g)&0xFFFF) | (uint32_t)(((g) >> 32) & 0xFFFF0000u))

/* A gate descriptor from its parts. dpl 0-3, type GATE_*. */
uint64_t gate_make(uint32_t offset, uint16_t selector, unsigned type, unsigned dpl);

/* Present, and of one of the two types a guest may use. */
bool gate_is_usable(uint64_t gate);

/*
 * The segment descriptor the CPU gets for a guest's wish: ordinary segments
 * with DPL raised to at least 1, accessed, never 64-bit; anything else is 0.
 */
uint64_t descriptor_for_guest(uint64_t wish);

/* A flat 4 GiB ordinary descriptor of that ring. */
uint64_t descriptor_flat(bool is_code, unsigned dpl);

/* An available 32-bit TSS descriptor. */
uint64_t descriptor_tss(uint32_t base, uint32_t bytes);

uint32_t descriptor_base(uint64_t descriptor);

/* What decides whether a guest's gate may be a gate of the CPU (design section 1). */
struct gate_rules {
	unsigned syscall_vector;  /* the one vector >= 32 that may be direct; 0 for none */
	uint16_t kernel_selector; /* where every handler runs */
	bool uses_vmcall;         /* #UD is a hypercall: not direct */
};

/* Whether vector may be direct for any guest at all. */
bool gate_vector_may_be_direct(unsigned vector, const struct gate_rules *rules);

/*
 * The gate the CPU gets at vector for a guest's wish: a trap gate into ring 1,
 * or an interrupt gate to stub (address of the vector's stub in the switcher).
 * Never an interrupt gate into ring 1: it would clear the real IF.
 */
uint64_t gate_for_cpu(unsigned vector, uint64_t wish, uint32_t stub,
		      const struct gate_rules *rules);

bool gate_is_direct(uint64_t cpu_gate);

#endif
