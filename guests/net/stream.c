/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated stream and its sum. */
#include "guests/net/stream.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"

uint32_t stream_first(uint32_t seed)
{
	return (seed + 1) * 2654435761u;
}

static uint32_t successor(uint32_t word)
{
	return word * 1664525u + 1013904223u;
}

static void add(struct stream *s, uint32_t word)
{
	s->a = (s->a << 7 | s->a >> 25) + word;
	s->b += s->a;
}

void stream_make(struct stream *s, uint8_t *to, uint32_t bytes)
{
	for (uint32_t n = 0; n < bytes; n += 4) {
		__builtin_memcpy(to + n, &s->next, 4);
		add(s, s->next);
		s->next = successor(s->next);
	}
	s->bytes += bytes;
}

static void take_word(struct stream *s, const uint8_t *at)
{
	uint32_t word;

	__builtin_memcpy(&word, at, 4);
	if (s->bytes >= 4 && word != s->next)
		s->is_wrong = true;
	add(s, word);
	s->next = successor(word);
	s->bytes += 4;
}

void stream_take(struct stream *s, const uint8_t *data, uint32_t bytes)
{
	uint32_t have = s->bytes % 4;

	while (bytes) {
		if (!have && bytes >= 4) {
			take_word(s, data);
			data += 4;
			bytes -= 4;
			continue;
		}
		s->rest[have++] = *data++;
		s->bytes++;
		bytes--;
		if (have == 4) {
			s->bytes -= 4;
			take_word(s, s->rest);
			have = 0;
		}
	}
}

uint32_t stream_answer(struct stream *s, char text[STREAM_ANSWER])
{
	uint32_t have = s->bytes % 4, word = 0;

	memcpy(&word, s->rest, have);
	if (have)
		add(s, word);
	return (uint32_t)snprintf(text, STREAM_ANSWER, "%llu %08x%08x\n", s->bytes, s->b, s->a);
}

char *stream_text(const struct stream *s, char text[STREAM_TEXT])
{
	uint32_t us = (uint32_t)div_u64(now_ns() - s->started_ns, NSEC_PER_USEC, NULL);
	uint32_t rate = (uint32_t)div_u64(s->bytes * 100, us ? us : 1, NULL);

	snprintf(text, STREAM_TEXT, "%llu bytes in %u.%03u s, %u.%02u MB/s", s->bytes, us / 1000000,
		 us / 1000 % 1000, rate / 100, rate % 100);
	return text;
}
