/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bystander watches; each check fails the test when something changed. */
#ifndef GATEHOUSE_TEST_GUESTS_BYSTANDER_BYSTANDER_H
#define GATEHOUSE_TEST_GUESTS_BYSTANDER_BYSTANDER_H

#include "test/guests/lib/test.h"

/* Its processor: registers, FPU, segments, debug registers, ring 3 and its system calls. */
void processor_begin(uint32_t seed);
void processor_check(void);      /* cheap: with each tick */
void processor_check_more(void); /* now and then */

/* Its memory: a pattern that is always being changed, its image, its page tables. */
void memory_begin(uint32_t seed);
void memory_check(void);
void memory_check_more(void);

/* Its devices, without waiting for them. */
void devices_begin(uint32_t seed);
void devices_check(void);

/* Its card: frames to the other bystander and back, without waiting for them. */
void network_begin(void);
void network_check(void);
void network_end(void); /* judges what was lost */

/* Its clock: an interrupt each TICK_NS, never lost, never early, by a clock that is right. */
#define TICK_NS (2 * NSEC_PER_MSEC)
void clock_begin(void);
void clock_sleep(void); /* until the next interrupt; interrupts are off afterwards */
uint64_t clock_running_ns(void);
void clock_end(void); /* judges, and prints the lateness */

#endif
