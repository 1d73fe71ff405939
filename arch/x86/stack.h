/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of the one host stack has ever been used (I9). */
#ifndef GATEHOUSE_ARCH_X86_STACK_H
#define GATEHOUSE_ARCH_X86_STACK_H

#include "core/types.h"

/* Marks what is unused so far; first thing in gatehouse_main(). */
void stack_paint(void);

uint32_t stack_bytes(void);
uint32_t stack_deepest_bytes(void);

#endif
