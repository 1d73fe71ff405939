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

/* What is different in the descriptor the CPU gets. */
#define DESCRIPTOR_REFUSED  1u /* not code or data: the CPU gets 0 */
#define DESCRIPTOR_RING     2u /* DPL 0 becomes 1 */
#define DESCRIPTOR_ACCESSED 4u /* set beforehand */
#define DESCRIPTOR_LONG     8u /* the 64-bit bit is cleared */

/* DESCRIPTOR_* bits; 0: the CPU gets the wish as it is. */
unsigned descriptor_changes(uint64_t wish);

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
	bool is_debugged;         /* #BP may be a breakpoint of a debugger: not direct */
	bool is_stepped;          /* nothing is direct: TF must not get into a frame */
};

/* Where a trap goes, or the first rule that keeps it from being direct. */
enum gate_way {
	GATE_DIRECT,
	/* The vector's, whatever the guest wishes. */
	GATE_DEBUG,     /* 1: the DR6 the guest reads is virtual */
	GATE_MACHINE,   /* 2, 8, 18: the machine's */
	GATE_TS,        /* 7: CR0.TS is virtual */
	GATE_ENTRY,     /* 10-12: a segment pop on the way into the guest raises them in ring 0 */
	GATE_EMULATION, /* 13: may be an instruction to emulate */
	GATE_SHADOW,    /* 14: may be for a shadow table to fill */
	GATE_LOOPS,     /* 17: pushed in ring 3 by a conforming handler, its frame may raise it */
	GATE_RESERVED,  /* 15, 20-30: no CPU raises them */
	GATE_HYPERCALL, /* 31, and 6 for a guest whose hypercall is vmcall */
	GATE_VIRTUAL,   /* 32-63, but for the rules' system call vector: virtual interrupts */
	GATE_SOFTWARE,  /* 64 and up, likewise: nothing but int can raise them */
	GATE_HOST,      /* VECTOR_HOST_FIRST and up: the machine's interrupts */
	GATE_DEBUGGER,  /* a debugger outside of the guest wants to know first */
	/* The wish's. */
	GATE_NO_WISH,   /* none, or not of a usable type */
	GATE_CLEARS_IF, /* an interrupt gate */
	GATE_WAYS
};

enum gate_way gate_way(unsigned vector, uint64_t wish, const struct gate_rules *rules);

/*
 * The gate the CPU gets at vector for a guest's wish: a trap gate into ring 1,
 * or an interrupt gate to stub (address of the vector's stub in the switcher).
 * Never an interrupt gate into ring 1: it would clear the real IF.
 */
uint64_t gate_for_cpu(unsigned vector, uint64_t wish, uint32_t stub,
		      const struct gate_rules *rules);

bool gate_is_direct(uint64_t cpu_gate);

#endif
