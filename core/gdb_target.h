/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gdb sees and changes of a stopped guest: registers, memory, breakpoints. */
#ifndef GATEHOUSE_CORE_GDB_TARGET_H
#define GATEHOUSE_CORE_GDB_TARGET_H

#include "core/gdb_packet.h"
#include "core/types.h"

struct guest;

/* The types of Z packets. */
enum gdb_break_type {
	GDB_BREAK_SOFT,
	GDB_BREAK_HARD,
	GDB_WATCH_WRITE,
	GDB_WATCH_READ,
	GDB_WATCH_ACCESS,
	GDB_BREAK_TYPES
};

#define GDB_BREAKS 64u /* all guests' */

struct gdb_break {
	struct guest *guest; /* NULL: free */
	enum gdb_break_type type;
	gva_t va;
	uint32_t bytes;
	uint8_t registers; /* bit n: debug register n */
	uint8_t original;  /* no register: the byte int3 replaces, at gpa */
	gpa_t gpa;
};

/* Registers and memory are there: it has run, and was not given back. */
bool gdb_is_readable(const struct guest *g);

/* Appends all registers as g has them (32 and SSE's), x for what is not known. */
void gdb_put_registers(struct gdb_link *l, struct guest *g);
/* n: 0-15 (gs); false otherwise. */
bool gdb_put_register(struct gdb_link *l, const struct guest *g, uint32_t n);
/* -EINVAL for another n, or a cs whose ring is no guest's. */
int gdb_set_register(struct guest *g, uint32_t n, uint32_t value);

/* Appends memory in hexadecimal, as far as it can be read; breakpoints do not show. 0: none. */
uint32_t gdb_put_memory(struct gdb_link *l, const struct guest *g, gva_t va, uint32_t bytes);

/* -EFAULT, and nothing changed, unless all of it can be read. Read-only pages are written too. */
int gdb_write_memory(struct guest *g, gva_t va, const uint8_t *from, uint32_t bytes);

/*
 * A software breakpoint where no memory is mapped yet takes a debug register.
 * Setting one twice, and removing none, are fine. -EFAULT, -ENOSPC: no debug
 * register or slot is free.
 */
int gdb_set_break(struct guest *g, enum gdb_break_type type, gva_t va, uint32_t bytes);
void gdb_remove_break(struct guest *g, enum gdb_break_type type, gva_t va, uint32_t bytes);
void gdb_remove_breaks(struct guest *g);

/* Its memory is another now: there is nothing to be put back. */
void gdb_forget_breaks(struct guest *g);

/* The software breakpoint whose int3 is at va now; NULL: the int3 is the guest's. */
const struct gdb_break *gdb_soft_break_at(const struct guest *g, gva_t va);

/* The one that uses one of these debug registers. */
const struct gdb_break *gdb_hard_break(const struct guest *g, unsigned registers);

#endif
