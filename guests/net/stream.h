/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes through a TCP connection, and how it is judged. The sender sends
 * 32-bit little-endian words, each the successor of the one before, and closes;
 * the receiver answers with the line "BYTES SUM" and closes, too.
 */
#ifndef GATEHOUSE_GUESTS_NET_STREAM_H
#define GATEHOUSE_GUESTS_NET_STREAM_H

#include "guests/net/tcp.h"

#define STREAM_PORT 5001u

struct stream {
	uint64_t bytes;
	uint32_t a, b;   /* the sum: 64 bits in which the order counts */
	uint32_t next;   /* the word that should follow */
	uint8_t rest[4]; /* a word of which bytes % 4 came so far */
	bool is_wrong;   /* it is not a stream */
	uint64_t started_ns;
};

/* The first word of a stream. */
uint32_t stream_first(uint32_t seed);

/* Makes the next words: that many bytes, a multiple of 4. */
void stream_make(struct stream *s, uint8_t *to, uint32_t bytes);

/* Takes what came. */
void stream_take(struct stream *s, const uint8_t *data, uint32_t bytes);

/* No more comes: the answer, with its newline. Returns its length. */
#define STREAM_ANSWER 48u
uint32_t stream_answer(struct stream *s, char text[STREAM_ANSWER]);

/* "8388608 bytes in 1.234 s, 6.79 MB/s" */
#define STREAM_TEXT 80u
char *stream_text(const struct stream *s, char text[STREAM_TEXT]);

/* server.c: takes streams on a port, in host order, one at a time. */
void server_start(uint16_t port);
uint32_t server_count(void); /* that ended, one way or the other */

/* sender.c: sends one; ends, well or not, after a minute without an answer at the latest. */
void sender_start(uint32_t to, uint16_t port, uint32_t mib, uint32_t seed);
bool sender_is_done(void); /* true if there is none, too */

/* Calls again, if nobody was there; returns when to be called again, ~0: never. */
uint64_t sender_work(uint64_t now);

#endif
