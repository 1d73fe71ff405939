/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for something, but not for ever: a clock event that counts. */
#ifndef GATEHOUSE_GUESTS_LIB_DEADLINE_H
#define GATEHOUSE_GUESTS_LIB_DEADLINE_H

#include "guests/lib/trap.h"

/* A clock handler that counts, for trap_handle(IRQ_CLOCK_VECTOR, ...). */
extern volatile uint32_t clock_count;
extern uint64_t clock_tsc; /* when it was last called */
bool clock_counts(struct regs *r);

/* clock_count becomes 1 ns from now, and is 0 until then; 0: never. Interrupts are off afterwards.
 */
void set_deadline(uint32_t ns);

/* Sleeps until a clock event ns from now or *flag is not 0; interrupts are off afterwards. */
bool sleep_until(const volatile uint32_t *flag, uint32_t ns);

#endif
