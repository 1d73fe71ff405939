/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generates guest-offsets.h: structure offsets for the assembly files. Compiled to text only. */
#include "guests/lib/hypercall.h"
#include "guests/lib/trap.h"

#define OFFSET(name, type, member)                                                                 \
	__asm__ volatile("\n->" #name " %c0" : : "i"(offsetof(type, member)))

void guest_offsets(void);
void guest_offsets(void)
{
	OFFSET(LGUEST_DATA_IRQ_ENABLED, struct lguest_data, irq_enabled);
	OFFSET(REGS_VECTOR, struct regs, vector);
	OFFSET(REGS_EIP, struct regs, eip);
	OFFSET(REGS_EFLAGS, struct regs, eflags);
	__asm__ volatile("\n->REGS_SIZE %c0" : : "i"(sizeof(struct regs)));
}
