/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 80 x 25 color text screen of a VGA. */
#ifndef GATEHOUSE_DRIVERS_VGA_TEXT_H
#define GATEHOUSE_DRIVERS_VGA_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#define VGA_TEXT_BASE    0xB8000u
#define VGA_TEXT_COLUMNS 80u
#define VGA_TEXT_ROWS    25u
#define VGA_TEXT_CELLS   (VGA_TEXT_COLUMNS * VGA_TEXT_ROWS)

#define VGA_TEXT_PLAIN 0x0700u /* of a look: light grey on black */

/*
 * Are there a VGA's registers, and does memory at base keep what is written?
 * Restores both. True also in a graphics mode: ask the loader's framebuffer
 * type first.
 */
bool vga_text_present(volatile void *base);

/*
 * Clears the screen at base. Port I/O: no cursor, and attribute bit 7 is a
 * bright background instead of blinking.
 */
void vga_text_init(volatile void *base);

/* look: a glyph's number (glyphs.h), and the attribute in the high byte. at: below VGA_TEXT_CELLS.
 */
void vga_text_draw(volatile void *base, unsigned at, uint16_t look);

#endif
