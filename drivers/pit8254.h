/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channel 2 of the 8254 timer as a stopwatch (Intel 8254 data sheet, 231164). */
#ifndef GATEHOUSE_DRIVERS_PIT8254_H
#define GATEHOUSE_DRIVERS_PIT8254_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_HZ     1193182u
#define PIT_MAX_NS 54900000u /* a little under 65535 ticks */

/* ns to the nearest tick, and what that many ticks take. ns <= PIT_MAX_NS. */
uint32_t pit_ns_to_ticks(uint32_t ns);
uint32_t pit_ticks_to_ns(uint32_t ticks);

/*
 * Waits about ns (1000 to PIT_MAX_NS) and says how long it really was and how
 * far the counter read_counter() went meanwhile: whoever is held up in between
 * (an emulator, an SMI) still gets a matching pair, up to 55 ms in all. False:
 * no 8254 here, or it does not count. Never hangs. The speaker stays silent
 * and port 0x61 is as before afterwards. Interrupts off.
 */
bool pit_wait_ns(uint32_t ns, uint32_t *elapsed_ns, uint64_t *counter_elapsed,
		 uint64_t (*read_counter)(void));

#endif
