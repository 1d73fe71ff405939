/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed, out of a keyboard's scan codes (set 1, US layout). Pure. */
#ifndef GATEHOUSE_DRIVERS_PS2_KEYS_H
#define GATEHOUSE_DRIVERS_PS2_KEYS_H

#include "core/types.h"

#define PS2_KEYS_TEXT 6u /* bytes that one scan code gives at most */

/* All zero to begin with. */
struct ps2_keys {
	uint8_t down; /* modifiers that are held, see ps2_keys.c */
	bool caps_lock, num_off;
	bool is_extended; /* 0xE0 came */
	uint8_t skip;     /* bytes of the Pause key that still come */
};

/*
 * Takes one byte of the keyboard; returns how many bytes a terminal would send
 * for it, mostly none. Other keys than characters are VT100's and xterm's
 * sequences; Alt puts ESC in front.
 */
unsigned ps2_keys_take(struct ps2_keys *k, uint8_t byte, char out[PS2_KEYS_TEXT]);

#endif
