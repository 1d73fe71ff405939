/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generates guest-offsets.h: structure offsets for the assembly files. Compiled to text only. */
#include "guests/lib/hypercall.h"
#include "guests/lib/trap.h"

#define VALUE(name, value) __asm__ volatile(".ascii \"#define " #name " %c0\\n\"" : : "i"(value))

void guest_offsets(void);
void guest_offsets(void)
{
	VALUE(LGUEST_DATA_IRQ_ENABLED, offsetof(struct lguest_data, irq_enabled));
	VALUE(REGS_VECTOR, offsetof(struct regs, vector));
	VALUE(REGS_EIP, offsetof(struct regs, eip));
	VALUE(REGS_EFLAGS, offsetof(struct regs, eflags));
	VALUE(REGS_SIZE, sizeof(struct regs));
}
