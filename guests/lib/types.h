/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Basic types and small helpers every guest file uses. */
#ifndef GATEHOUSE_GUESTS_LIB_TYPES_H
#define GATEHOUSE_GUESTS_LIB_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define PAGE_MASK 0xFFFFF000u

#define NSEC_PER_USEC 1000u
#define NSEC_PER_MSEC 1000000u
#define NSEC_PER_SEC  1000000000u

#define ARRAY_SIZE(a)      (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a)  __attribute__((format(__printf__, f, a)))
#define PAGE_ALIGNED       __attribute__((aligned(4096)))
#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)   (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()          __asm__ volatile("" : : : "memory")
#define addr32(p)          ((uint32_t)(uintptr_t)(p))
#define ALIGN_UP(n, align) (((n) + (align)-1) & ~((align)-1))

#define X86_EFLAGS_CF   0x00000001u
#define X86_EFLAGS_TF   0x00000100u
#define X86_EFLAGS_IF   0x00000200u
#define X86_EFLAGS_DF   0x00000400u
#define X86_EFLAGS_IOPL 0x00003000u
#define X86_EFLAGS_NT   0x00004000u
#define X86_EFLAGS_RF   0x00010000u
#define X86_EFLAGS_VM   0x00020000u
#define X86_EFLAGS_AC   0x00040000u
#define X86_EFLAGS_ID   0x00200000u

/* Quotient of a 64-bit number by a 32-bit one; the remainder goes to *rem unless NULL. */
static inline uint64_t div_u64(uint64_t n, uint32_t d, uint32_t *rem)
{
	uint32_t high = n >> 32, low = n, q_high = high / d, r = high % d, q_low;

	__asm__("divl %4" : "=a"(q_low), "=d"(r) : "0"(low), "1"(r), "rm"(d) : "cc");
	if (rem)
		*rem = r;
	return (uint64_t)q_high << 32 | q_low;
}

#endif
