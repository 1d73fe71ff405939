/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines: each has one user, and a ring of what waits to be sent. */
#include "core/serial.h"

#include "arch/x86/interrupts.h"
#include "core/lib.h"
#include "core/util.h"
#include "drivers/uart16550.h"
#include "drivers/uart_pci.h"

#define LINES 6

/* FIFO fills in one serial_poll(): a UART that swallows everything must not hold up the machine. */
#define POLL_ROUNDS 16

struct serial {
	struct uart uart;
	uint8_t pci_irq; /* the firmware's line of a PCI card; 0 for others */
	uint32_t sources;
	uint32_t head, tail;
	bool transmit_irq;
	char ring[SERIAL_RING_BYTES];
};

static struct serial lines[LINES];
static unsigned line_count;
static bool can_wire, is_shared;

static const struct {
	const char *name;
	uint16_t port;
} ports[] = {
	{"com1", UART_COM1},
	{"com2", UART_COM2},
	{"com3", UART_COM3},
	{"com4", UART_COM4},
};

/* config_values.c let only these, pci0 to pci7, a number, or "none" through. */
static uint16_t port_of(const char *name, uint8_t *pci_irq)
{
	struct uart_pci card;
	uint32_t port = 0;

	*pci_irq = 0;
	if (strncmp(name, "pci", 3) == 0) {
		if (!uart_pci_find((unsigned)(name[3] - '0'), &card))
			return 0;
		*pci_irq = card.irq_line;
		return card.port;
	}

	for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
		if (strcmp(name, ports[i].name) == 0)
			return ports[i].port;
	if (strncmp(name, "0x", 2) != 0)
		return 0;
	for (const char *s = name + 2; *s; s++)
		port = port * 16 + (uint32_t)(*s <= '9' ? *s - '0' : (*s | 0x20) - 'a' + 10);
	return (uint16_t)port;
}

static void wire(struct serial *s)
{
	int irq = uart_irq(s->uart.port), source = -1;

	if (s->pci_irq)
		source = interrupts_add_pci(s->pci_irq);
	else if (irq >= 0)
		source = interrupts_add_isa((unsigned)irq);

	if (source < 0)
		return;
	is_shared |= serial_all_sources() >> source & 1;
	s->sources = 1u << source;
}

struct serial *serial_open(const char *name, uint32_t baud)
{
	uint8_t pci_irq;
	uint16_t port = port_of(name, &pci_irq);
	struct serial *s = &lines[line_count];

	for (unsigned i = 0; i < line_count; i++)
		if (lines[i].uart.port == port)
			return NULL;
	if (!port || line_count == LINES || !uart_probe(port))
		return NULL;
	s->pci_irq = pci_irq;
	uart_init(&s->uart, port, baud);
	uart_set_interrupts(&s->uart, true, false);
	if (can_wire)
		wire(s);
	line_count++;
	return s;
}

void serial_wire_interrupts(void)
{
	can_wire = true;
	for (unsigned i = 0; i < line_count; i++)
		wire(&lines[i]);
}

size_t serial_write(struct serial *s, const char *text, size_t bytes)
{
	size_t n = MIN(bytes, (size_t)serial_room(s));

	for (size_t i = 0; i < n; i++)
		s->ring[s->head++ % SERIAL_RING_BYTES] = text[i];
	return n;
}

uint32_t serial_room(const struct serial *s)
{
	return SERIAL_RING_BYTES - (s->head - s->tail);
}

int serial_getc(struct serial *s)
{
	return uart_getc(&s->uart);
}

void serial_poll(struct serial *s, bool is_interrupt)
{
	uint32_t at, run;
	size_t sent = 1;

	if (is_interrupt)
		uart_ack_interrupt(&s->uart);
	for (int budget = POLL_ROUNDS; s->head != s->tail && sent && budget; budget--) {
		at = s->tail % SERIAL_RING_BYTES;
		run = MIN(s->head - s->tail, SERIAL_RING_BYTES - at);
		sent = uart_try_write(&s->uart, &s->ring[at], run);
		s->tail += (uint32_t)sent;
	}
	/* "transmitter empty" is on only while something waits */
	if (s->transmit_irq != (s->head != s->tail)) {
		s->transmit_irq = !s->transmit_irq;
		uart_set_interrupts(&s->uart, true, s->transmit_irq);
	}
}

bool serial_must_poll(const struct serial *s)
{
	return s->head != s->tail && !s->sources;
}

uint32_t serial_sources(const struct serial *s)
{
	return s->sources;
}

uint32_t serial_all_sources(void)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < line_count; i++)
		all |= lines[i].sources;
	return all;
}

void serial_rearm(void)
{
	if (likely(!is_shared))
		return;
	for (unsigned i = 0; i < line_count; i++)
		uart_set_interrupts(&lines[i].uart, false, false);
	for (unsigned i = 0; i < line_count; i++)
		uart_set_interrupts(&lines[i].uart, true, lines[i].transmit_irq);
}

void serial_flush(struct serial *s)
{
	while (s->head != s->tail)
		uart_putc(&s->uart, s->ring[s->tail++ % SERIAL_RING_BYTES]);
	serial_poll(s, false);
}
