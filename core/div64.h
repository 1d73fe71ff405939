/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 64-bit division and scaling without libgcc: what clocks and number printing need. */
#ifndef GATEHOUSE_CORE_DIV64_H
#define GATEHOUSE_CORE_DIV64_H

#include <stddef.h>
#include <stdint.h>

/*
 * (high:low) / d in one divl. The quotient must fit in 32 bits, so high < d;
 * otherwise the CPU raises #DE (SDM 2A, DIV).
 */
static inline uint32_t div64_step(uint32_t high, uint32_t low, uint32_t d, uint32_t *rem)
{
	uint32_t quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*rem) : "0"(low), "1"(high), "rm"(d) : "cc");
	return quotient;
}

/* n / d for d != 0; the remainder goes to *rem, which may be NULL. */
static inline uint64_t div64_u32(uint64_t n, uint32_t d, uint32_t *rem)
{
	uint32_t high = (uint32_t)(n >> 32), rest;
	uint32_t q_high = high / d;
	uint32_t q_low = div64_step(high % d, (uint32_t)n, d, &rest);

	if (rem)
		*rem = rest;
	return (uint64_t)q_high << 32 | q_low;
}

/*
 * n / d for d != 0. A divisor above 32 bits is normalised so that one divl
 * gives a quotient at most one too small or too large, then corrected (Warren,
 * Hacker's Delight, 9-5 "Unsigned doubleword division").
 */
static inline uint64_t div64_u64(uint64_t n, uint64_t d)
{
	uint32_t d_high = (uint32_t)(d >> 32), rest;
	unsigned shift;
	uint64_t q, half = n >> 1;

	if (!d_high)
		return div64_u32(n, (uint32_t)d, NULL);
	shift = (unsigned)__builtin_clz(d_high);
	q = div64_step((uint32_t)(half >> 32), (uint32_t)half, (uint32_t)(d << shift >> 32), &rest);
	q = q << shift >> 31;
	if (q)
		q--;
	return n - q * d >= d ? q + 1 : q;
}

/*
 * (a * mul) >> shift with a 96-bit product, shift 0 to 63. The caller picks
 * mul and shift so that the result fits in 64 bits; higher bits are lost.
 */
static inline uint64_t mul_u64_u32_shr(uint64_t a, uint32_t mul, unsigned shift)
{
	uint64_t low = (uint64_t)(uint32_t)a * mul;
	uint64_t high = (a >> 32) * mul + (low >> 32); /* the product's upper 64 bits */

	if (shift > 32)
		return high >> (shift - 32);
	return high << (32 - shift) | (uint64_t)(uint32_t)low >> shift;
}

#endif
