/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 timer (Intel data sheet, 231164): channel 2 a stopwatch, channel 0 an alarm. */
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

/* An edge on ISA line 0 in ns nanoseconds (1000 to PIT_MAX_NS), once. */
void pit_alarm_set(uint32_t ns);
bool pit_alarm_is_due(void);
void pit_alarm_stop(void);

#endif
