/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The newest bytes of a log, with checksums that each byte keeps right. */
#include "core/log_ring.h"

#include "core/lib.h"

void log_ring_init(struct log_ring *r)
{
	memset(r, 0, sizeof(*r));
	r->magic = LOG_RING_MAGIC;
	r->not_written = ~r->written;
}

void log_ring_put(struct log_ring *r, char c)
{
	uint32_t i = r->written % LOG_RING_BYTES;
	uint32_t change = (uint32_t)(uint8_t)c - (uint8_t)r->text[i];

	r->text[i] = c;
	r->sum += change;
	r->weighted += change * (i + 1);
	r->written++;
	r->not_written = ~r->written;
}

bool log_ring_is_whole(const struct log_ring *r)
{
	uint32_t sum = 0, weighted = 0;

	if (r->magic != LOG_RING_MAGIC || r->not_written != ~r->written)
		return false;
	for (uint32_t i = 0; i < LOG_RING_BYTES; i++) {
		sum += (uint8_t)r->text[i];
		weighted += (uint8_t)r->text[i] * (i + 1);
	}
	return sum == r->sum && weighted == r->weighted;
}

static char at_position(const struct log_ring *r, uint32_t position)
{
	return r->text[position % LOG_RING_BYTES];
}

size_t log_ring_tail(const struct log_ring *r, char *to, size_t size)
{
	uint32_t n = (uint32_t)MIN((size_t)MIN(r->written, LOG_RING_BYTES), size);

	for (uint32_t i = 0; i < n; i++)
		to[i] = at_position(r, r->written - n + i);
	return n;
}

uint32_t log_ring_find(const struct log_ring *r, unsigned lines)
{
	uint32_t have = MIN(r->written, LOG_RING_BYTES), start = r->written;

	for (uint32_t back = 1; back <= have && lines; back++) {
		uint32_t at = r->written - back;

		if (at == 0 || at_position(r, at - 1) == '\n') {
			start = at;
			lines--;
		}
		if (back == have - 1 && have == LOG_RING_BYTES)
			break; /* what is before the oldest byte is not known */
	}
	return start;
}

bool log_ring_line(const struct log_ring *r, uint32_t *at, char *to, size_t size)
{
	size_t n = 0;
	char c = 0;

	if (*at == r->written)
		return false;
	while (*at != r->written && (c = at_position(r, (*at)++)) != '\n')
		if (n < size - 1)
			to[n++] = c >= ' ' && c <= '~' ? c : '?';
	to[n] = 0;
	return true;
}
