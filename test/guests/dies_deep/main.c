/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies with known registers, two callers deep, for its report and its core. */
/* paging: both */
/* expect: dead "hypercall 99 unknown" */
#include "test/guests/lib/test.h"

#define NESTED                                                                                     \
	__attribute__((noinline, optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")))

static volatile uint32_t dies_marker;
static volatile uint32_t dies_far[3 * PAGE_SIZE];

NESTED static void dies_innermost(uint32_t n)
{
	dies_marker = n;
	__asm__ volatile("	movl $99, %%eax\n"
			 "	movl $0xB2B2B2B2, %%ebx\n"
			 "	movl $0xC3C3C3C3, %%ecx\n"
			 "	movl $0xD4D4D4D4, %%edx\n"
			 "	movl $0xE5E5E5E5, %%esi\n"
			 "	int $0x1F\n"
			 "dies_here:\n"
			 "	nop\n"
			 :
			 :
			 : "eax", "ebx", "ecx", "edx", "esi", "memory");
}

NESTED static void dies_middle(uint32_t n)
{
	dies_innermost(n + 1);
	dies_marker = 0;
}

NESTED static void dies_outer(uint32_t n)
{
	dies_middle(n * 2);
	dies_marker = 0;
}

void test_main(void)
{
	for (unsigned i = 1; i <= 12; i++)
		printf("line %u\n", i);
	dies_far[PAGE_SIZE] = 0x600DF00D;
	dies_outer(1000);
	test_failure("survived hypercall 99");
}
