/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of linux_bench share: a clock, samples, operations. */
#ifndef GATEHOUSE_BENCH_LINUX_BENCH_H
#define GATEHOUSE_BENCH_LINUX_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLES_MAX 1000

/* In TSC ticks; an operation leaves its own here. */
extern uint64_t samples[SAMPLES_MAX];

static inline uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

struct operation {
	const char *name;
	unsigned (*run)(void); /* returns how many samples there are; 0: not on this machine */
	bool only_if_named;    /* needs more than a kernel: run when it is asked for */
};

extern const struct operation io_operations[], net_operations[]; /* up to one without a name */

/* Says what failed, with errno's text, and ends the program. */
void die(const char *what) __attribute__((noreturn));

/* The first line of a file of sysfs without its newline; false if there is none. */
bool read_line(const char *path, char *to, unsigned size);

#endif
