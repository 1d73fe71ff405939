/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where console output ends up: a serial line, and the screen. */
#include "core/sinks.h"

#include "core/config.h"
#include "core/keyboard.h"
#include "core/screen.h"
#include "core/serial.h"

static struct serial *line;

void sinks_init(const struct config *cfg)
{
	line = serial_open(cfg->console, cfg->baud);
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
	screen_write(text, bytes);
	write_line(text, bytes);
}

uint32_t sinks_queued(void)
{
	return line ? SERIAL_RING_BYTES - serial_room(line) : 0;
}

/* Bright on the screen, where the background is always black. */
void sinks_colour(unsigned colour)
{
	char sequence[] = {'\033', '[', colour ? '3' : '0', (char)('0' + colour), 'm'};

	write_line(sequence, sizeof(sequence));
	sequence[2] = colour ? '9' : '0';
	screen_write(sequence, sizeof(sequence));
}

void sinks_pump(void)
{
	if (line)
		serial_poll(line, false);
}

void sinks_ack_interrupt(void)
{
	if (line)
		serial_poll(line, true);
	keyboard_poll();
}

int sinks_getc(void)
{
	int c = line ? serial_getc(line) : -1;

	return c >= 0 ? c : keyboard_getc();
}

bool sinks_must_poll(void)
{
	return line && serial_must_poll(line);
}

void sinks_flush(void)
{
	if (line)
		serial_flush(line);
	screen_flush();
}
