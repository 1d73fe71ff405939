/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end: an invariant of our own broke. Never for anything a guest did. */
#ifndef GATEHOUSE_CORE_PANIC_H
#define GATEHOUSE_CORE_PANIC_H

#include "core/types.h"
#include "core/util.h"

struct regs;

/* Says why, a backtrace, the last log lines; then halts or reboots as configured. */
NORETURN void panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same with the registers of a trap in ring 0. */
NORETURN void panic_trap(const struct regs *regs, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Where that is in Gatehouse, the CPU's current guest and its last exits: a line each to out(). */
void panic_show_cpu(uint32_t eip, void (*out)(const char *line));

#define assert_host(condition)                                                                     \
	do {                                                                                       \
		if (unlikely(!(condition)))                                                        \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition);          \
	} while (0)

#endif
