/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time for drivers. */
#ifndef GATEHOUSE_CORE_DELAY_H
#define GATEHOUSE_CORE_DELAY_H

#include <stdint.h>

/* Waits, at boot or in an emergency: a guest waits as long. */
void delay_us(uint32_t us);

/* Nanoseconds since boot, never backwards (clock_now_ns()). */
uint64_t delay_now_ns(void);

#endif
