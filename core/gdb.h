/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A debugger on a serial line: gdb's remote protocol (gdb manual, appendix E).
 * Guests are its threads, numbered from 1; it stops and steps those it is
 * attached to, the others run on.
 */
#ifndef GATEHOUSE_CORE_GDB_H
#define GATEHOUSE_CORE_GDB_H

#include "core/types.h"

struct config;
struct guest;

/* Opens the line gdb= names; the guests exist. Without the word all this does nothing. */
void gdb_init(const struct config *cfg);

/* gdb_work() has something to do, but for what comes by the line. */
extern bool gdb_wanted;

/* From the main loop, one bounded piece: after the line's interrupt, or when wanted. */
void gdb_work(bool is_interrupt);

/* A guest is about to execute the first instruction of a life. */
void gdb_guest_started(struct guest *g);

/* It died or is off, just now. */
void gdb_guest_ended(struct guest *g);

/*
 * An exit of a guest with a debugger (g->vcpu.debug.is_on): true when it was
 * the debugger's alone. Otherwise gdb_guest_left() comes after it was handled.
 */
bool gdb_takes_exit(struct guest *g);
void gdb_guest_left(struct guest *g);

/* Somebody else wants it to run: breakpoints go, and it is no longer stopped by gdb. */
void gdb_let_go(struct guest *g);

#endif
