/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console on the lguest bus. */
#ifndef GATEHOUSE_GUESTS_LIB_VIRTIO_CONSOLE_H
#define GATEHOUSE_GUESTS_LIB_VIRTIO_CONSOLE_H

#include "guests/lib/types.h"

/* Finds the console and sets it up; false if there is none. Maps the device pages in guests with
 * page tables, at 0xE0000000. Interrupts may be on or off. */
bool virtio_console_init(void);

/* Gives the host len bytes, waiting until it took them; false if it does not. */
bool virtio_console_write(const char *text, size_t len);

/* Copies typed bytes to buf, at most size; 0 if there are none. Does not wait. */
size_t virtio_console_read(char *buf, size_t size);

/* The virtual interrupt that says input came. Its handler needs to do nothing. */
unsigned virtio_console_irq(void);

/* The one that says output was taken. It has no handler, and so no effect. */
unsigned virtio_console_output_irq(void);

#endif
