/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb's packets: framing, checksums, hexadecimal. */
#include "core/gdb_packet.h"

#include "core/lib.h"

enum { BETWEEN, TEXT, SUM_HIGH, SUM_LOW };

#define CTRL_C 0x03

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum gdb_event between(struct gdb_link *l, uint8_t byte)
{
	if (byte == CTRL_C)
		return GDB_BREAK;
	if (byte == '-')
		return GDB_RESEND;
	if (byte == '$') {
		l->state = TEXT;
		l->sum = 0;
		l->in_bytes = 0;
	}
	return GDB_NOTHING;
}

static void text(struct gdb_link *l, uint8_t byte)
{
	if (byte == '$') { /* never within a packet: the last one was cut off */
		between(l, byte);
		return;
	}
	if (byte == '#') {
		l->state = SUM_HIGH;
		return;
	}
	l->sum += byte;
	if (l->in_bytes < GDB_PACKET)
		l->in[l->in_bytes] = (char)byte;
	if (l->in_bytes <= GDB_PACKET)
		l->in_bytes++;
}

static enum gdb_event finish(struct gdb_link *l, int low)
{
	l->state = BETWEEN;
	if (low < 0 || l->expected > 0xF || (l->expected << 4 | low) != l->sum)
		return GDB_BAD;
	if (l->in_bytes > GDB_PACKET)
		return GDB_TOO_LONG;
	l->in[l->in_bytes] = 0;
	return GDB_ARRIVED;
}

enum gdb_event gdb_receive(struct gdb_link *l, uint8_t byte)
{
	switch (l->state) {
	case BETWEEN:
		return between(l, byte);
	case TEXT:
		text(l, byte);
		return GDB_NOTHING;
	case SUM_HIGH:
		l->expected = (uint8_t)digit((char)byte);
		l->state = SUM_LOW;
		return GDB_NOTHING;
	default:
		return finish(l, digit((char)byte));
	}
}

void gdb_begin(struct gdb_link *l)
{
	l->is_ended = false;
	l->out[0] = '$';
	l->out_bytes = 1;
}

unsigned gdb_room(const struct gdb_link *l)
{
	return GDB_PACKET + 1 - l->out_bytes;
}

void gdb_put_char(struct gdb_link *l, char c)
{
	if (gdb_room(l))
		l->out[l->out_bytes++] = c;
}

void gdb_put(struct gdb_link *l, const char *text)
{
	while (*text)
		gdb_put_char(l, *text++);
}

static void put_digit(struct gdb_link *l, unsigned value)
{
	gdb_put_char(l, "0123456789abcdef"[value & 15]);
}

void gdb_put_number(struct gdb_link *l, uint32_t value)
{
	int shift = 28;

	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_digit(l, value >> shift);
}

void gdb_put_hex(struct gdb_link *l, const void *bytes, size_t count)
{
	const uint8_t *b = bytes;

	for (; count--; b++) {
		put_digit(l, *b >> 4);
		put_digit(l, *b);
	}
}

void gdb_end(struct gdb_link *l)
{
	uint8_t sum = 0;

	l->is_ended = true;
	for (unsigned i = 1; i < l->out_bytes; i++)
		sum += (uint8_t)l->out[i];
	l->out[l->out_bytes++] = '#';
	l->out[l->out_bytes++] = "0123456789abcdef"[sum >> 4];
	l->out[l->out_bytes++] = "0123456789abcdef"[sum & 15];
}

bool gdb_take(const char **s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*s, text, n) != 0)
		return false;
	*s += n;
	return true;
}

bool gdb_take_number(const char **s, uint32_t *value)
{
	const char *at = *s;
	uint32_t sum = 0;

	for (; digit(*at) >= 0; at++) {
		if (sum >> 28)
			return false;
		sum = sum << 4 | (uint32_t)digit(*at);
	}
	if (at == *s)
		return false;
	*s = at;
	*value = sum;
	return true;
}

bool gdb_take_byte(const char **s, uint8_t *byte)
{
	int high = digit((*s)[0]), low = high < 0 ? -1 : digit((*s)[1]);

	if (low < 0)
		return false;
	*byte = (uint8_t)(high << 4 | low);
	*s += 2;
	return true;
}

size_t gdb_unescape(char *data, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++) {
		bool is_escape = data[i] == '}' && i + 1 < bytes;

		data[n++] = is_escape ? data[++i] ^ 0x20 : data[i];
	}
	return n;
}
