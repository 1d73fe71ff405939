/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 80 x 25 color text screen of a VGA. */
#ifndef GATEHOUSE_DRIVERS_VGA_TEXT_H
#define GATEHOUSE_DRIVERS_VGA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGA_TEXT_BASE    0xB8000u
#define VGA_TEXT_COLUMNS 80u
#define VGA_TEXT_ROWS    25u
#define VGA_TEXT_CELLS   (VGA_TEXT_COLUMNS * VGA_TEXT_ROWS)

#define VGA_TEXT_LIGHT_GREY 0x07

struct vga_text {
	volatile uint16_t *cells; /* low byte: character, high byte: attribute */
	unsigned row, column;     /* column may be 80: the next character wraps */
	uint8_t attribute;
};

/*
 * Does memory at base keep what is written? Restores it. True also where
 * plain memory was put there: ask the loader's framebuffer type first.
 */
bool vga_text_present(volatile void *base);

/* Clears the screen. base has VGA_TEXT_CELLS 16-bit cells. Touches no port. */
void vga_text_init(struct vga_text *v, volatile void *base);

/* Understands newline (also returns), CR, tab (to a multiple of 8) and backspace; scrolls. */
void vga_text_putc(struct vga_text *v, char c);
void vga_text_write(struct vga_text *v, const char *buf, size_t len);

/* Port I/O: moves the blinking cursor to where the next character goes. */
void vga_text_sync_cursor(const struct vga_text *v);

/* Port I/O: attribute bit 7 selects a bright background instead of blinking. */
void vga_text_blink_off(void);

#endif
