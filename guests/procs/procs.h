/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel of procs and its programs agree on. */
#ifndef GATEHOUSE_GUESTS_PROCS_PROCS_H
#define GATEHOUSE_GUESTS_PROCS_PROCS_H

#include "guests/lib/types.h"

/* System calls: int 0x80, number in eax, arguments in ebx and ecx, result in eax. */
#define SYS_EXIT    1 /* ebx = code */
#define SYS_PRINT   2 /* ebx = text, ecx = bytes; a line is printed with the program's name */
#define SYS_SLEEP   3 /* ebx = milliseconds */
#define SYS_TIME_US 4 /* microseconds since the start, low 32 bits */
#define SYS_GETPID  5
#define SYS_YIELD   6

/* Memory that appears when touched. */
#define HEAP_START  0x20000000u
#define HEAP_PAGES  32u
#define STACK_PAGES 8u

struct program {
	const char *name;
	void (*entry)(void);
};

/* In user_programs.c, linked for ring 3. */
void user_primes(void);
void user_count(void);
void user_nap(void);
void user_sleep(void);
void user_calls(void);
void user_memory(void);
void user_crash(void);
void user_halt(void);

#endif
