/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a debugger works on: places to stop at, and checks that it left no trace. */
/* expect: success */
#include "test/guests/lib/test.h"

#define TF 0x100u

uint32_t counter, pushed_flags, popped_flags, own_int3, system_calls;
uint32_t secret = 0x12345678;
uint32_t rounds = 3; /* a debugger may change it */

__attribute__((noinline)) void count_up(uint32_t n);
__attribute__((noinline)) uint32_t look_at_secret(void);
__attribute__((noinline)) void die_here(void);

void count_up(uint32_t n)
{
	counter += n;
}

uint32_t look_at_secret(void)
{
	return *(volatile uint32_t *)&secret;
}

void die_here(void)
{
	__asm__ volatile("int $0x1F" : : "a"(77) : "memory");
}

static bool breakpoint(struct regs *r)
{
	(void)r;
	own_int3++;
	return true;
}

/* All that has to do with TF: it must be the guest's own throughout. */
static void steps(void)
{
	uint32_t pushed, popped;

	__asm__ volatile(".globl steps_begin, steps_end\n"
			 "steps_begin:\tnop\n\t"
			 "pushfl\n\tpopl %0\n\t"
			 "pushl $0x202\n\tpopfl\n\t"
			 ".byte 0x66\n\tpushf\n\tpopw %%ax\n\t"
			 "cli\n\t"
			 "xorl %%eax, %%eax\n\tint $0x1F\n\t"
			 "int3\n\t"
			 "pushfl\n\tpopl %1\n"
			 "steps_end:\tnop"
			 : "=&r"(pushed), "=&r"(popped)
			 :
			 : "eax", "memory", "cc");
	pushed_flags |= pushed;
	popped_flags |= popped;
}

void test_main(void)
{
	uint32_t sum = 0;

	trap_handle(TRAP_BREAKPOINT, breakpoint);
	for (uint32_t i = 1; i <= rounds; i++) {
		count_up(i);
		sum += look_at_secret();
		steps();
	}
	if (boot_has_word("die"))
		die_here();
	printf("rounds %u, counter %u, sum 0x%x\n", rounds, counter, sum);
	CHECK(!(pushed_flags & TF) && !(popped_flags & TF), "flags 0x%x, 0x%x: TF was seen",
	      pushed_flags, popped_flags);
	CHECK(own_int3 == rounds, "%u int3 of its own, not %u", own_int3, rounds);
}
