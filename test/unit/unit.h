/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka and what it needs, a fixed random source. */
#ifndef GATEHOUSE_TEST_UNIT_UNIT_H
#define GATEHOUSE_TEST_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* xorshift64 (Marsaglia): the same numbers in every run. */
struct unit_random {
	uint64_t state; /* not 0 */
};

static inline uint64_t unit_random(struct unit_random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

#endif
