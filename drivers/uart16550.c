/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 16550 serial port, polled. */
#include "arch/x86/io.h"
#include "core/util.h"
#include "drivers/uart16550.h"

enum uart_reg {
	UART_DATA = 0,
	UART_IER = 1,
	UART_IIR = 2, /* read */
	UART_FCR = 2, /* write */
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCRATCH = 7,
};

#define UART_DIVISOR_LOW  0 /* with LCR_DLAB */
#define UART_DIVISOR_HIGH 1

#define IER_RECEIVE       0x01
#define IER_TRANSMIT      0x02
#define IER_ALWAYS_ZERO   0xF0
#define IIR_FIFOS_WORKING 0xC0
#define FCR_ENABLE        0x01
#define FCR_CLEAR_BOTH    0x06
#define FCR_TRIGGER_8     0x80
#define LCR_8N1           0x03
#define LCR_DLAB          0x80
#define MCR_DTR_RTS_OUT2  0x0B /* OUT2 lets the interrupt out of the chip on a PC */
#define LSR_DATA_READY    0x01
#define LSR_THR_EMPTY     0x20
#define LSR_ABSENT        0xFF

#define UART_CLOCK_BAUD 115200u
#define UART_FIFO_BYTES 16

/* A port read takes about 1 us on hardware; 16 bytes at 9600 baud take 17 ms. */
#define UART_WAIT_POLLS       100000u
#define UART_WAIT_POLLS_STUCK 16u
#define UART_DRAIN_READS      64u

static uint8_t reg_read(const struct uart *u, enum uart_reg reg)
{
	return inb((uint16_t)(u->port + reg));
}

static void reg_write(const struct uart *u, enum uart_reg reg, uint8_t value)
{
	outb((uint16_t)(u->port + reg), value);
}

static bool scratch_keeps(uint16_t port, uint8_t value)
{
	outb(port + UART_SCRATCH, value);
	return inb(port + UART_SCRATCH) == value;
}

bool uart_probe(uint16_t port)
{
	uint8_t ier;
	bool is_there;

	if (inb(port + UART_LSR) == LSR_ABSENT)
		return false;
	ier = inb(port + UART_IER);
	outb(port + UART_IER, 0);
	is_there = !(inb(port + UART_IER) & IER_ALWAYS_ZERO) && scratch_keeps(port, 0x5A) &&
		   scratch_keeps(port, 0xA5);
	outb(port + UART_IER, ier); /* it may be in use */
	return is_there;
}

static void set_baud(struct uart *u, uint32_t baud)
{
	uint32_t divisor;

	baud = MAX(2u, MIN(baud, UART_CLOCK_BAUD));
	divisor = UART_CLOCK_BAUD / baud;
	reg_write(u, UART_LCR, LCR_DLAB | LCR_8N1);
	outb(u->port + UART_DIVISOR_LOW, (uint8_t)divisor);
	outb(u->port + UART_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
	reg_write(u, UART_LCR, LCR_8N1);
}

static uint8_t enable_fifos(struct uart *u)
{
	reg_write(u, UART_FCR, FCR_ENABLE | FCR_CLEAR_BOTH | FCR_TRIGGER_8);
	if ((reg_read(u, UART_IIR) & IIR_FIFOS_WORKING) == IIR_FIFOS_WORKING)
		return UART_FIFO_BYTES;
	reg_write(u, UART_FCR, 0);
	return 1;
}

void uart_init(struct uart *u, uint16_t port, uint32_t baud)
{
	*u = (struct uart){.port = port, .is_present = uart_probe(port)};
	if (!u->is_present)
		return;
	reg_write(u, UART_IER, 0);
	set_baud(u, baud);
	u->fifo_bytes = enable_fifos(u);
	reg_write(u, UART_MCR, MCR_DTR_RTS_OUT2);
	for (unsigned i = 0; i < UART_DRAIN_READS && uart_getc(u) >= 0; i++)
		;
	reg_read(u, UART_MSR);
}

void uart_set_interrupts(struct uart *u, bool receive, bool transmit)
{
	if (u->is_present)
		reg_write(u, UART_IER, (receive ? IER_RECEIVE : 0) | (transmit ? IER_TRANSMIT : 0));
}

void uart_ack_interrupt(struct uart *u)
{
	if (!u->is_present)
		return;
	reg_read(u, UART_IIR);
	reg_read(u, UART_MSR);
}

int uart_getc(struct uart *u)
{
	uint8_t status;

	if (!u->is_present)
		return -1;
	status = reg_read(u, UART_LSR);
	if (status == LSR_ABSENT || !(status & LSR_DATA_READY))
		return -1;
	return reg_read(u, UART_DATA);
}

static bool is_transmitter_empty(const struct uart *u)
{
	return reg_read(u, UART_LSR) & LSR_THR_EMPTY;
}

static bool wait_transmitter(struct uart *u)
{
	unsigned polls = u->is_stuck ? UART_WAIT_POLLS_STUCK : UART_WAIT_POLLS;

	while (!is_transmitter_empty(u)) {
		if (--polls == 0) {
			u->is_stuck = true;
			return false;
		}
	}
	u->is_stuck = false;
	return true;
}

void uart_putc(struct uart *u, char c)
{
	if (u->is_present && wait_transmitter(u))
		reg_write(u, UART_DATA, (uint8_t)c);
}

size_t uart_write(struct uart *u, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		uart_putc(u, buf[i]);
	return len;
}

size_t uart_try_write(struct uart *u, const char *buf, size_t len)
{
	size_t count = MIN(len, (size_t)u->fifo_bytes);

	if (!u->is_present)
		return len;
	if (!is_transmitter_empty(u))
		return 0;
	for (size_t i = 0; i < count; i++)
		reg_write(u, UART_DATA, (uint8_t)buf[i]);
	return count;
}

int uart_irq(uint16_t port)
{
	switch (port) {
	case UART_COM1:
	case UART_COM3:
		return 4;
	case UART_COM2:
	case UART_COM4:
		return 3;
	default:
		return -1;
	}
}
