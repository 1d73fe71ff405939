/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual interrupts: enabling, masking, sleeping, and the clock event. */
#ifndef GATEHOUSE_GUESTS_LIB_IRQ_H
#define GATEHOUSE_GUESTS_LIB_IRQ_H

#include "guests/lib/hypercall.h"

#define IRQ_CLOCK        0
#define IRQ_VECTOR(n)    (LGUEST_FIRST_VECTOR + (n))
#define IRQ_CLOCK_VECTOR IRQ_VECTOR(IRQ_CLOCK)

static inline void irq_disable(void)
{
	WRITE_ONCE(lguest_data.irq_enabled, 0);
	barrier();
}

/* The pending test comes after the store: the host looks at them in the other order. */
static inline void irq_enable(void)
{
	barrier();
	WRITE_ONCE(lguest_data.irq_enabled, X86_EFLAGS_IF);
	barrier();
	if (READ_ONCE(lguest_data.irq_pending) & X86_EFLAGS_IF)
		hcall0(LHCALL_SEND_INTERRUPTS);
}

static inline bool irq_save(void)
{
	bool enabled = READ_ONCE(lguest_data.irq_enabled) & X86_EFLAGS_IF;

	irq_disable();
	return enabled;
}

static inline void irq_restore(bool enabled)
{
	if (enabled)
		irq_enable();
}

/*
 * Sleeps until an interrupt was taken. To lose no wake-up, call it with
 * interrupts disabled after looking at the condition waited for: an interrupt
 * that came in between is pending and ends the call at once (interface 3).
 * Interrupts are enabled on return.
 */
static inline void irq_halt(void)
{
	hcall0(LHCALL_HALT);
}

static inline void irq_block(unsigned irq)
{
	__asm__ volatile("btsl %1, %0"
			 : "+m"(lguest_data.blocked_interrupts)
			 : "r"(irq)
			 : "memory", "cc");
}

static inline void irq_unblock(unsigned irq)
{
	__asm__ volatile("btrl %1, %0"
			 : "+m"(lguest_data.blocked_interrupts)
			 : "r"(irq)
			 : "memory", "cc");
}

/* One clock interrupt ns nanoseconds from now; 0 = none. */
static inline void clock_arm_ns(uint32_t ns)
{
	hcall1(LHCALL_SET_CLOCKEVENT, ns);
}

#endif
