/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segment descriptors, the GDT and TLS calls. */
#ifndef GATEHOUSE_GUESTS_LIB_SEGMENT_H
#define GATEHOUSE_GUESTS_LIB_SEGMENT_H

#include "guests/lib/hypercall.h"

/* Descriptor types with S = 1, accessed bit clear. */
#define SEGMENT_DATA 0x2 /* writable */
#define SEGMENT_CODE 0xA /* readable */

#define GDT_TLS_FIRST 6

struct descriptor {
	uint32_t low, high;
};

static inline struct descriptor segment_make(uint32_t base, uint32_t limit, unsigned access,
					     unsigned flags)
{
	return (struct descriptor){
		.low = base << 16 | (limit & 0xFFFF),
		.high = (base & 0xFF000000) | flags << 20 | (limit & 0xF0000) | access << 8 |
			(base >> 16 & 0xFF),
	};
}

/* 4 GiB from 0, 32-bit. */
static inline struct descriptor segment_flat(unsigned dpl, unsigned type)
{
	return segment_make(0, 0xFFFFF, 0x90 | dpl << 5 | type, 0xC);
}

static inline void segment_load(unsigned index, struct descriptor d)
{
	hcall3(LHCALL_LOAD_GDT_ENTRY, index, d.low, d.high);
}

/* tls: three descriptors, at a guest-physically contiguous place. */
static inline void segment_load_tls(const struct descriptor *tls)
{
	hcall1(LHCALL_LOAD_TLS, virt_to_phys(tls));
}

/* Access rights as `lar` sees them (bits 8-23), 0 if the descriptor is not visible. */
static inline uint32_t segment_lar(uint32_t selector)
{
	uint32_t rights;

	__asm__ volatile("lar %1, %0\n\tjz 1f\n\txorl %0, %0\n1:"
			 : "=&r"(rights)
			 : "r"(selector)
			 : "cc");
	return rights;
}

/* Limit in bytes as `lsl` sees it, 0 if the descriptor is not visible. */
static inline uint32_t segment_lsl(uint32_t selector)
{
	uint32_t limit;

	__asm__ volatile("lsl %1, %0\n\tjz 1f\n\txorl %0, %0\n1:"
			 : "=&r"(limit)
			 : "r"(selector)
			 : "cc");
	return limit;
}

#endif
