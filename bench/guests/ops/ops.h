/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is measured, and what measuring wants of the machine. The same operations (ops.c) run
 * in a guest of Gatehouse (bench/guests/ops) and on the bare PC (bench/native).
 */
#ifndef GATEHOUSE_BENCH_GUESTS_OPS_OPS_H
#define GATEHOUSE_BENCH_GUESTS_OPS_OPS_H

#include "guests/lib/paging.h"
#include "guests/lib/ring3.h"
#include "guests/lib/time.h"
#include "guests/lib/types.h"

/* The user's part of the address space that page table operations work in: 4 MiB. */
#define OPS_VA    0x40000000u
#define OPS_PAGES 1024u

/* So many operations in a row are a sample, in TSC ticks. */
#define OPS_TIMES 32u

struct op {
	const char *name;
	unsigned vector; /* a gate for it, to the handler, if there is one */
	const char *handler;
	const char *code, *empty_code; /* for machine_run_user() */
	/* Instead of them: OPS_TIMES of it, and the same without the operation. The least of
	 * that is subtracted. */
	uint32_t (*sample)(void);
	uint32_t (*empty)(void);
	void (*setup)(void); /* before each sample */
	unsigned times;      /* if not OPS_TIMES */
};

static inline uint32_t ops_ticks(void)
{
	return (uint32_t)rdtsc();
}

/* For `empty`: a loop, and nothing. */
uint32_t ops_nothing(void);
uint32_t ops_reading(void);

/* Those of this machine, besides those of ops.c; ended by a NULL name. */
extern const struct op machine_ops[];

/* A gate of that type that ring 3 may use, to bare code. */
void machine_gate(unsigned vector, unsigned type, uint32_t eip);

/* Runs ring 3 from there until `int $4`; ecx is OPS_TIMES, ebp 0, edi as given. Returns its eax. */
#define OPS_LEAVE TRAP_OVERFLOW
uint32_t machine_run_user(const char *code, uint32_t edi);

/* The address of the page fault being handled. */
uint32_t machine_fault_address(void);

/* The entries of the 4 MiB at OPS_VA, whose table exists. */
extern uint32_t *machine_table;

/* A page for them that nobody else uses; always the same. */
uint32_t machine_page(void);

/* The entry for va was changed, and is that now. */
void machine_entry_changed(uint32_t va, uint32_t pte);

/* Two address spaces with the same kernel part; number 0 has OPS_VA, and is the one in use. */
void machine_space(unsigned number);

/* Like machine_space(), but it does nothing. */
void machine_nothing(unsigned number);

/* An interrupt is due, and kept off. Then machine_let_in() returns after its handler. */
void machine_raise(void);
void machine_let_in(void);

struct ops_wanted {
	const char *only; /* this one, or all (NULL) */
	unsigned samples;
	bool only_setup; /* everything but the samples */
};

/* Prints a line for each: op NAME MINIMUM MEDIAN of TIMES */
void ops_run(const struct ops_wanted *wanted);

#endif
