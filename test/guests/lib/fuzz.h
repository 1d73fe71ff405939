/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guest fuzzers share: a seed, steps, lives. On the command line:
 *
 *	seed=1       the same seed does the same steps, as far as time does not matter
 *	steps=20000  in all lives together
 *	life=20000   steps of a life; then the guest does what may kill it, and is restarted
 *	audit=256    steps between two audits by the host
 *	exact=1      leaves out what time has a part in, and prints the digest now and then
 *
 * Wants `test` on the host's line and on-crash=restart restarts=any on the guest's. Steps
 * and lives are counted by the host's GH_TEST call, which also audits. The verdict ends with a
 * digest of what the guest saw: whatever makes no difference to a guest leaves it the same.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_FUZZ_H
#define GATEHOUSE_TEST_GUESTS_LIB_FUZZ_H

#include "test/guests/lib/test.h"

extern uint32_t fuzz_state;

/* xorshift32; never 0 */
static inline uint32_t fuzz_random(void)
{
	uint32_t x = fuzz_state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	fuzz_state = x;
	return x;
}

static inline uint32_t fuzz_below(uint32_t n)
{
	return (uint32_t)(((uint64_t)fuzz_random() * n) >> 32);
}

/* True once in n times. */
static inline bool fuzz_once_in(uint32_t n)
{
	return fuzz_below(n) == 0;
}

/* A number that some bound may be near to: of memory, of the kernel, of the window, of 4 GiB. */
uint32_t fuzz_corner(void);

/* A descriptor of any kind, more often one that is good for something. */
struct descriptor fuzz_descriptor(void);

/* An index of the GDT that is not the kernel's own code or data. */
unsigned fuzz_gdt_index(void);

/* The traps a fuzzer met; the last words of its verdict say how many. */
extern uint32_t fuzz_traps;

/* Steps of this life; a step that is several adds those after the first. */
extern uint32_t fuzz_steps;

/* Steps until all are done, then SUCCESS. last() is what ends a life: it may kill the guest. */
__attribute__((noreturn)) void fuzz_run(const char *what, void (*step)(void), void (*last)(void));

/* Goes on in the next life: for a fuzzer that has damaged itself. */
__attribute__((noreturn)) void fuzz_next_life(const char *why);

/* Undefined after some instructions: the arithmetic flags. */
#define FUZZ_EFLAGS_VAGUE 0x8D5u

/* With exact=1 the digest depends on the seed only. */
bool fuzz_is_exact(void);

/* Adds to the digest. */
void fuzz_note(uint32_t value);

/* The same of what the last TRAP_TRY trapped with. */
void fuzz_note_trap(void);

/* The host's audit of this guest; fails the test if it finds anything. */
void fuzz_audit(void);

#endif
