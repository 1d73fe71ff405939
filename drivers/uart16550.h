/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 16550 serial port and its ancestors. Register facts: TI PC16550D data sheet, chapter 8. */
#ifndef GATEHOUSE_DRIVERS_UART16550_H
#define GATEHOUSE_DRIVERS_UART16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UART_COM1 0x3F8
#define UART_COM2 0x2F8
#define UART_COM3 0x3E8
#define UART_COM4 0x2E8

struct uart {
	uint16_t port;
	bool is_present;
	bool is_stuck; /* the transmitter did not drain in time; waits are short until it does */
	uint8_t fifo_bytes; /* what may be sent when the transmitter is empty: 1 or 16 */
};

/* Is there a UART at port? Changes its scratch register only, also when it is in use. */
bool uart_probe(uint16_t port);

/*
 * 8 data bits, no parity, no flow control, FIFOs on where there are any, DTR,
 * RTS and OUT2 up, all interrupts off. baud is clamped to 2..115200. When
 * there is no UART, all other functions do nothing quickly.
 */
void uart_init(struct uart *u, uint16_t port, uint32_t baud);

/* The chip's interrupts: "a byte came", "the transmitter is empty". */
void uart_set_interrupts(struct uart *u, bool receive, bool transmit);

/* Reads the cause off the chip (IIR) so that an edge-triggered line can rise again. */
void uart_ack_interrupt(struct uart *u);

/* The next received byte, or -1. Never waits. */
int uart_getc(struct uart *u);

/* Sends one byte, waiting at most some 100 ms; then the byte is lost. */
void uart_putc(struct uart *u, char c);

/* uart_putc() for each byte; returns len. The caller adds carriage returns. */
size_t uart_write(struct uart *u, const char *buf, size_t len);

/*
 * Never waits: sends up to fifo_bytes if the transmitter is empty; returns how
 * many. Without a UART all of it is "sent", so that a buffer drains.
 */
size_t uart_try_write(struct uart *u, const char *buf, size_t len);

/* The ISA line: 4 for COM1 and COM3, 3 for COM2 and COM4, -1 for other ports. */
int uart_irq(uint16_t port);

#endif
