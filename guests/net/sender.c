/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends one stream, and compares the answer. */
#include "guests/lib/console.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/net/stream.h"

#define FIRST_PORT  40000u
#define AGAIN_NS    (300ull * NSEC_PER_MSEC)
#define PATIENCE_NS (60ull * NSEC_PER_SEC)

static struct stream out;
static struct job {
	uint32_t to, calls;
	uint16_t port;
	uint64_t bytes, again_ns, until_ns;
	bool is_wanted, is_open, is_done;
	char answer[STREAM_ANSWER];
	uint32_t answer_bytes;
} job;

static void opened(struct tcp *t)
{
	(void)t;
	job.is_open = true;
	out.started_ns = now_ns();
}

static void refill(struct tcp *t)
{
	while (out.bytes < job.bytes) {
		uint64_t left = job.bytes - out.bytes;
		uint32_t room;
		uint8_t *to = tcp_room(t, &room);

		room = (left < room ? (uint32_t)left : room) & ~3u;
		if (!room)
			return;
		stream_make(&out, to, room);
		tcp_put(t, room);
	}
	tcp_close(t);
}

static void received(struct tcp *t, const uint8_t *data, uint32_t bytes)
{
	uint32_t room = STREAM_ANSWER - 1 - job.answer_bytes;

	(void)t;
	if (bytes > room)
		bytes = room;
	memcpy(job.answer + job.answer_bytes, data, bytes);
	job.answer_bytes += bytes;
}

static const char *judge(void)
{
	char mine[STREAM_ANSWER];

	stream_answer(&out, mine);
	if (!job.answer_bytes)
		return "is silent";
	return strcmp(job.answer, mine) ? "DIFFERS" : "agrees";
}

static void peer_done(struct tcp *t)
{
	char text[STREAM_TEXT];

	job.is_done = true;
	printf("tcp: sent %s, sum %08x%08x, the peer %s, %u resendings\n", stream_text(&out, text),
	       out.b, out.a, judge(), t->resendings);
}

static void closed(struct tcp *t, const char *why)
{
	uint64_t now = now_ns();

	(void)t;
	if (job.is_done)
		return;
	if (!job.is_open && now < job.until_ns) {
		job.again_ns = now + AGAIN_NS;
		return;
	}
	job.is_done = true;
	printf("tcp: FAILED after %llu bytes: %s\n", out.bytes, why ? why : "closed");
}

uint64_t sender_work(uint64_t now)
{
	if (!job.again_ns)
		return ~0ull;
	if (now < job.again_ns)
		return job.again_ns;
	job.again_ns = 0;
	tcp_connect(&tcp_connections[1], job.to, job.port,
		    be16((uint16_t)(FIRST_PORT + job.calls++)));
	return now;
}

void sender_start(uint32_t to, uint16_t port, uint32_t mib, uint32_t seed)
{
	static const struct tcp_user user = {.opened = opened,
					     .received = received,
					     .refill = refill,
					     .peer_done = peer_done,
					     .closed = closed};
	uint64_t now = now_ns();
	char text[IP_TEXT];

	tcp_connections[1].user = &user;
	out = (struct stream){.next = stream_first(seed)};
	job = (struct job){.to = to,
			   .port = be16(port),
			   .bytes = (uint64_t)mib << 20,
			   .is_wanted = true,
			   .again_ns = now,
			   .until_ns = now + PATIENCE_NS};
	printf("tcp: sending %u MiB to %s port %u\n", mib, ip_text(text, to), port);
}

bool sender_is_done(void)
{
	return !job.is_wanted || job.is_done;
}
