/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where console output ends up: a ring drained to the serial line, and the screen. */
#include "core/sinks.h"

#include "core/config.h"
#include "core/lib.h"
#include "core/util.h"
#include "drivers/uart16550.h"
#include "drivers/vga_text.h"

#define RING_BYTES KIB(64)
#define VGA_BASE   0xB8000

/* FIFO fills in one sinks_pump(): a UART that swallows everything must not hold up the machine. */
#define PUMP_ROUNDS 16

static char ring[RING_BYTES];
static uint32_t head, tail;
static struct uart uart;
static struct vga_text vga;
static bool has_uart, has_vga, transmit_irq;

static const struct {
	const char *name;
	uint16_t port;
} ports[] = {{"com1", 0x3F8}, {"com2", 0x2F8}, {"com3", 0x3E8}, {"com4", 0x2E8}};

/* config.c let only these, a number, or "none" through. */
static uint16_t port_of(const char *name)
{
	uint32_t port = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
		if (strcmp(name, ports[i].name) == 0)
			return ports[i].port;
	if (strncmp(name, "0x", 2) != 0)
		return 0;
	for (const char *s = name + 2; *s; s++)
		port = port * 16 + (uint32_t)(*s <= '9' ? *s - '0' : (*s | 0x20) - 'a' + 10);
	return (uint16_t)port;
}

void sinks_init(const struct config *cfg)
{
	uint16_t port = port_of(cfg->console);

	has_uart = port && uart_probe(port);
	if (has_uart) {
		uart_init(&uart, port, cfg->baud);
		uart_set_interrupts(&uart, true, false);
	}
	has_vga = cfg->vga && vga_text_present((volatile void *)VGA_BASE);
	if (has_vga) {
		vga_text_init(&vga, (volatile void *)VGA_BASE);
		vga_text_blink_off();
		for (uint32_t i = tail; i != head; i++) /* what was said before it was open */
			vga_text_putc(&vga, ring[i % RING_BYTES]);
	}
	sinks_pump();
}

static void drain_one(void)
{
	uart_putc(&uart, ring[tail++ % RING_BYTES]);
}

void sinks_write(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (head - tail == RING_BYTES) {
			if (has_uart)
				drain_one();
			else
				tail++;
		}
		ring[head++ % RING_BYTES] = text[i];
	}
	if (has_vga)
		vga_text_write(&vga, text, bytes);
}

uint32_t sinks_room(void)
{
	return has_uart ? RING_BYTES - (head - tail) : RING_BYTES;
}

/* The interrupt "transmitter empty" is on only while something waits. */
static void want_transmit_irq(bool want)
{
	if (want == transmit_irq)
		return;
	transmit_irq = want;
	uart_set_interrupts(&uart, true, want);
}

void sinks_pump(void)
{
	uint32_t at, run;
	size_t sent = 1;

	for (int budget = PUMP_ROUNDS; has_uart && head != tail && sent && budget; budget--) {
		at = tail % RING_BYTES;
		run = MIN(head - tail, RING_BYTES - at);
		sent = uart_try_write(&uart, &ring[at], run);
		tail += (uint32_t)sent;
	}
	if (has_uart)
		want_transmit_irq(head != tail);
	if (has_vga)
		vga_text_sync_cursor(&vga);
}

void sinks_ack_interrupt(void)
{
	if (has_uart)
		uart_ack_interrupt(&uart);
}

int sinks_getc(void)
{
	return has_uart ? uart_getc(&uart) : -1;
}

int sinks_irq(void)
{
	return has_uart ? uart_irq(uart.port) : -1;
}

bool sinks_must_poll(void)
{
	return has_uart && head != tail && sinks_irq() < 0;
}

void sinks_flush(void)
{
	while (has_uart && head != tail)
		drain_one();
	sinks_pump();
}
