/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines: each has one user, and a ring of what waits to be sent. */
#ifndef GATEHOUSE_CORE_SERIAL_H
#define GATEHOUSE_CORE_SERIAL_H

#include "core/types.h"

#define SERIAL_RING_BYTES KIB(16)

struct serial;

/*
 * The line named com1 to com4, pci0 to pci7 (uart_pci.h), or a port such as 0x2f8; 8 bits, no
 * parity, no flow control. NULL: there is no UART, or the line has a user already. A line stays
 * open. May be called before serial_wire_interrupts().
 */
struct serial *serial_open(const char *name, uint32_t baud);

/* Once, when interrupts work: connects the lines that are open, and later ones as they open. */
void serial_wire_interrupts(void);

/* Puts what fits into the ring; returns how many bytes. Sends nothing: serial_poll() does. */
size_t serial_write(struct serial *s, const char *text, size_t bytes);

/* Free bytes of the ring. */
uint32_t serial_room(const struct serial *s);

/* A received byte, or -1. Never waits. */
int serial_getc(struct serial *s);

/*
 * Sends what the chip takes now, without waiting. After the line's interrupt:
 * with is_interrupt, before serial_getc() is called until it says -1.
 */
void serial_poll(struct serial *s, bool is_interrupt);

/* Something waits to be sent and no interrupt will say when it can be: poll soon. */
bool serial_must_poll(const struct serial *s);

/* The line's interrupt source as a bit (interrupts.h), shared or not; 0 without. */
uint32_t serial_sources(const struct serial *s);

/* Those of all open lines. An interrupt may be any user's: each looks at its line. */
uint32_t serial_all_sources(void);

/*
 * After all users looked: lines that share an edge-triggered interrupt are
 * made to raise it again if one of them still wants something.
 */
void serial_rearm(void);

/* Sends everything, waiting for the chip (at most some 100 ms a byte if it is stuck, once). */
void serial_flush(struct serial *s);

#endif
