/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The i8042 keyboard controller, or what firmware makes look like one. */
#ifndef GATEHOUSE_DRIVERS_PS2_H
#define GATEHOUSE_DRIVERS_PS2_H

#include "core/types.h"

#define PS2_KEYBOARD_LINE 1u /* ISA */

/*
 * Is there a controller? Then the keyboard sends scan code set 1 from now on,
 * with interrupts, and the second port is off. At boot: waits up to some
 * tenths of a second for a keyboard that does not answer, and goes on.
 */
bool ps2_init(void);

/* The next byte of the keyboard, or -1. Never waits. */
int ps2_read(void);

#endif
