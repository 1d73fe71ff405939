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

static void write_line(const char *text, size_t bytes)
{
	while (line && bytes) {
		size_t n = serial_write(line, text, bytes);

		text += n;
		bytes -= n;
		if (bytes)
			serial_flush(line);
	}
}

void sinks_write(const char *text, size_t bytes)
{
	if (has_vga)
		vga_text_write(&vga, text, bytes);
	write_line(text, bytes);
}

uint32_t sinks_queued(void)
{
	return line ? SERIAL_RING_BYTES - serial_room(line) : 0;
}

/* ANSI's colours count red, green, blue from bit 0, the VGA's from bit 2; bit 3 is bright. */
void sinks_colour(unsigned colour)
{
	const char sequence[] = {'\033', '[', colour ? '3' : '0', (char)('0' + colour), 'm'};

	if (has_vga)
		vga.attribute =
			colour ? (uint8_t)(8 | (colour & 1) << 2 | (colour & 2) | colour >> 2)
			       : VGA_TEXT_LIGHT_GREY;
	write_line(sequence, sizeof(sequence));
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
