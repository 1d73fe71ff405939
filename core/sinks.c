/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where console output ends up: a serial line, and the screen. */
#include "core/sinks.h"

#include "core/config.h"
#include "core/serial.h"
#include "drivers/vga_text.h"

#define VGA_BASE 0xB8000

static struct serial *line;
static struct vga_text vga;
static bool has_vga;

void sinks_init(const struct config *cfg)
{
	line = serial_open(cfg->console, cfg->baud);
	has_vga = cfg->vga && vga_text_present((volatile void *)VGA_BASE);
	if (has_vga) {
		vga_text_init(&vga, (volatile void *)VGA_BASE);
		vga_text_blink_off();
	}
}

void sinks_write(const char *text, size_t bytes)
{
	if (has_vga)
		vga_text_write(&vga, text, bytes);
	while (line && bytes) {
		size_t n = serial_write(line, text, bytes);

		text += n;
		bytes -= n;
		if (bytes)
			serial_flush(line);
	}
}

uint32_t sinks_room(void)
{
	return line ? serial_room(line) : SERIAL_RING_BYTES;
}

void sinks_pump(void)
{
	if (line)
		serial_poll(line, false);
	if (has_vga)
		vga_text_sync_cursor(&vga);
}

void sinks_ack_interrupt(void)
{
	if (line)
		serial_poll(line, true);
}

int sinks_getc(void)
{
	return line ? serial_getc(line) : -1;
}

bool sinks_must_poll(void)
{
	return line && serial_must_poll(line);
}

void sinks_flush(void)
{
	if (line)
		serial_flush(line);
	sinks_pump();
}
