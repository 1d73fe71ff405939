/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's keyboard, beside the serial line: what is typed, as a terminal would send it. */
#ifndef GATEHOUSE_CORE_KEYBOARD_H
#define GATEHOUSE_CORE_KEYBOARD_H

#include "core/types.h"

/* Takes the keyboard if there is one, and logs it. When interrupts and time work. */
void keyboard_init(void);

/* Its interrupt source as a bit (interrupts.h), 0 without. */
uint32_t keyboard_sources(void);

/* After its interrupt: reads what was typed. */
void keyboard_poll(void);

/* A typed byte, or -1. */
int keyboard_getc(void);

#endif
