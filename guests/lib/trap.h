/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps and interrupts: gates, handlers, and a record for tests that provoke faults. */
#ifndef GATEHOUSE_GUESTS_LIB_TRAP_H
#define GATEHOUSE_GUESTS_LIB_TRAP_H

#include "guests/lib/types.h"

#define TRAP_DEBUG          1
#define TRAP_BREAKPOINT     3
#define TRAP_OVERFLOW       4
#define TRAP_BOUND          5
#define TRAP_INVALID_OPCODE 6
#define TRAP_NO_FPU         7
#define TRAP_NOT_PRESENT    11
#define TRAP_STACK          12
#define TRAP_PROTECTION     13
#define TRAP_PAGE_FAULT     14
#define TRAP_ALIGNMENT      17

#define GATE_INTERRUPT 0xE
#define GATE_TRAP      0xF

#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_USER    4u

/*
 * What entry.S leaves on the stack, in push order from the end. esp and ss
 * exist only if cs has a privilege other than the kernel's.
 */
struct regs {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
	uint32_t esp, ss;
};

static inline bool regs_from_user(const struct regs *r)
{
	return (r->cs & 3) == 3;
}

/* Returns true if the trap was dealt with and the interrupted code may go on. */
typedef bool trap_handler(struct regs *r);

/* Installs gates for all exceptions and virtual interrupts (vectors 0-63): interrupt gates, DPL 3
 * for int3, into and bound. */
void trap_init(void);

/* One gate, leading to the entry stub of the vector. */
void trap_gate(unsigned vector, unsigned type, unsigned dpl);

/* A gate to an address of the guest's own. */
void trap_gate_to(unsigned vector, unsigned type, unsigned dpl, uint32_t eip);

/* NULL takes a handler away. */
void trap_handle(unsigned vector, trap_handler *handler);

/*
 * A trap in ring 1 that no handler takes is noted here; execution goes on at
 * trap_fixup, which it clears. Without a fixup the guest prints it and ends.
 */
struct trap_record {
	uint32_t count;
	uint32_t vector, error, eip, cs, eflags, cr2;
	uint32_t irq_enabled; /* lguest_data.irq_enabled in the handler */
};

extern struct trap_record trap_seen;
extern uint32_t trap_fixup;
extern uint32_t trap_try_eip, trap_try_esp;

/*
 * Executes instructions that may trap, with operands as in inline assembly less
 * the first colon. If one traps, the rest is skipped. esp is as before
 * afterwards. The address of the first instruction is in trap_try_eip.
 * TRAP_TRY("movl %0, %%fs", : "r"(selector));
 */
#define TRAP_TRY(code, ...)                                                                        \
	do {                                                                                       \
		trap_seen = (struct trap_record){0};                                               \
		barrier();                                                                         \
		__asm__ volatile("movl %%esp, trap_try_esp\n\tmovl $98f, trap_fixup\n\t"           \
				 "movl $97f, trap_try_eip\n97:\t" code                             \
				 "\n98:\tmovl trap_try_esp, %%esp\n\tmovl $0, trap_fixup"          \
				 : __VA_ARGS__);                                                   \
		barrier();                                                                         \
	} while (0)

/* True if the last TRAP_TRY trapped with this vector. */
bool trap_was(unsigned vector);

#endif
