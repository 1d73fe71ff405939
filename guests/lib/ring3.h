/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running code in ring 3. Needs a guest with page tables. */
#ifndef GATEHOUSE_GUESTS_LIB_RING3_H
#define GATEHOUSE_GUESTS_LIB_RING3_H

#include "guests/lib/trap.h"

#define GDT_USER_CODE 14
#define GDT_USER_DATA 15
#define USER_CS       (GDT_USER_CODE << 3 | 3)
#define USER_DS       (GDT_USER_DATA << 3 | 3)

/*
 * Where code and data for ring 3 are linked: what bears these attributes, and
 * whole files named user_*.c. ring3_init() maps it, and a stack, for ring 3.
 */
#define USER_BASE      0x08000000u
#define USER_STACK_TOP 0x0C000000u
#define USER_TEXT      __attribute__((section(".user.text"), used, noinline))
#define USER_DATA      __attribute__((section(".user.data"), used))

/* Instructions for ring 3 under a name: USER_CODE(user_trap, "ud2"); then user_trap is their
 * address. */
#define USER_CODE(name, code)                                                                      \
	extern const char name[];                                                                  \
	__asm__(".pushsection .user.text, \"ax\", @progbits\n\t.globl " #name "\n" #name           \
		":\t" code "\n\t.popsection")

#define RING3_STACK_BYTES 8192

/* The ring-1 stack traps from ring 3 arrive on. */
extern uint8_t ring3_trap_stack[RING3_STACK_BYTES];

/* Loads the user segments and the ring-1 stack; maps the user section and stack in the boot page
 * table. Installs a trap gate with DPL 3 for vector 0x80. */
void ring3_init(void);

/* Registers to start at entry with the stack of ring3_init(). */
struct regs ring3_start(const void *entry);

/*
 * Runs ring 3 from *r until it traps, then *r is its state with vector and
 * error. Traps a handler takes (trap_handle) do not end the run. Virtual
 * interrupts are on in ring 3 as r->eflags says, off on return.
 */
void ring3_run(struct regs *r);

/* Ends the run under way, whose ring3_run() returns. As a trap_fixup it catches a fault on the way
 * to ring 3. */
__attribute__((noreturn)) void ring3_leave(void);

/* For the trap dispatcher: false if no run is under way. Does not return otherwise. */
bool ring3_trapped(const struct regs *r);

#endif
