/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of the one host stack has ever been used (I9). */
#include "arch/x86/stack.h"

#include "core/util.h"

#define PAINT 0x57AC57ACu

extern uint32_t boot_stack_guard[], boot_stack_top[];

static uint32_t *stack_end(void)
{
	return boot_stack_guard + PAGE_SIZE / sizeof(uint32_t);
}

void stack_paint(void)
{
	volatile uint32_t *here = (volatile uint32_t *)__builtin_frame_address(0) - 16;

	for (volatile uint32_t *p = stack_end(); p < here; p++)
		*p = PAINT;
}

uint32_t stack_bytes(void)
{
	return (uint32_t)((uintptr_t)boot_stack_top - (uintptr_t)stack_end());
}

uint32_t stack_deepest_bytes(void)
{
	const uint32_t *p = stack_end();

	while (p < boot_stack_top && READ_ONCE(*p) == PAINT)
		p++;
	return (uint32_t)((uintptr_t)boot_stack_top - (uintptr_t)p);
}
