/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three guests' ends of the console above a fake serial line, fast or slow. */
#ifndef GATEHOUSE_TEST_UNIT_CONSOLE_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_CONSOLE_FIXTURE_H

#include "core/console.h"
#include "core/machine.h"

#include <stdio.h>
#include <string.h>

#include "core/config.h"
#include "core/serial.h"
#include "core/sinks.h"
#include "test/unit/unit.h"

#define ESCAPE 0x1D
#define PORTS  3

/* ---- the fake serial line ---- */

static char out[1 << 20];
static size_t out_bytes;
static uint32_t queued; /* in the fake sinks: nothing, unless it is slow */
static bool is_slow;
static const char *typed = "";
static unsigned typed_left;

bool machine_is_test(void)
{
	return false;
}

void sinks_init(const struct config *cfg)
{
}

void sinks_write(const char *text, size_t bytes)
{
	assert_true(out_bytes + bytes < sizeof(out));
	if (is_slow)
		queued += (uint32_t)bytes;
	memcpy(&out[out_bytes], text, bytes);
	out_bytes += bytes;
	out[out_bytes] = 0;
}

uint32_t sinks_queued(void)
{
	return queued;
}

void sinks_colour(unsigned colour)
{
	char text[8];

	sinks_write(text, (size_t)snprintf(text, sizeof(text), "<%u>", colour));
}

void sinks_pump(void)
{
}

void sinks_ack_interrupt(void)
{
}

int sinks_getc(void)
{
	if (!typed_left)
		return -1;
	typed_left--;
	return (uint8_t)*typed++;
}

bool sinks_must_poll(void)
{
	return false;
}

void sinks_flush(void)
{
}

/* ---- a serial line that some guest has for itself ---- */

static char own_out[KIB(32)];
static size_t own_bytes, own_room;
static const char *own_typed = "";

struct serial *serial_open(const char *name, uint32_t baud)
{
	return strcmp(name, "com2") == 0 ? (struct serial *)own_out : NULL;
}

size_t serial_write(struct serial *s, const char *text, size_t bytes)
{
	size_t n = MIN(bytes, own_room);

	memcpy(own_out + own_bytes, text, n);
	own_bytes += n;
	own_room -= n;
	return n;
}

int serial_getc(struct serial *s)
{
	return *own_typed ? (uint8_t)*own_typed++ : -1;
}

void serial_poll(struct serial *s, bool is_interrupt)
{
}

bool serial_must_poll(const struct serial *s)
{
	return false;
}

void serial_flush(struct serial *s)
{
	own_room = sizeof(own_out) - own_bytes;
}

static struct console_port ports[PORTS];
static const char *const names[PORTS] = {"aa", "bb", "cc"};

static inline int setup(void **state)
{
	static const struct config cfg = {.escape = ESCAPE};

	is_slow = false;
	queued = 0;
	console_init(&cfg);
	while (console_take_command())
		;
	for (unsigned i = 0; i < PORTS; i++)
		console_port_init(&ports[i], names[i]);
	console_set_focus(&ports[0]);
	out_bytes = 0;
	out[0] = 0;
	return 0;
}

/* In as many goes as it takes. */
static inline void write_all(unsigned port, const char *text, uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes;)
		done += console_write(&ports[port], text + done, bytes - done);
	while (console_must_poll())
		console_poll();
}

static inline void say(unsigned port, const char *text)
{
	write_all(port, text, (uint32_t)strlen(text));
}

static inline void type_keys(const char *keys, unsigned count)
{
	typed = keys;
	typed_left = count;
	do {
		count = typed_left;
		console_poll();
	} while (typed_left && typed_left != count);
}

static inline void expect(const char *text)
{
	assert_string_equal(out, text);
	out_bytes = 0;
	out[0] = 0;
}

#define CONSOLE_TEST(f) cmocka_unit_test_setup(f, setup)

#endif
