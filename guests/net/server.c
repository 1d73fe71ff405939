/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes streams, one at a time: counts them, sums them, answers. */
#include "guests/lib/console.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/net/stream.h"

static struct stream in;
static uint32_t ended;
static bool is_judged;

static void opened(struct tcp *t)
{
	char text[IP_TEXT];

	in = (struct stream){.started_ns = now_ns()};
	is_judged = false;
	printf("tcp: %s port %u sends\n", ip_text(text, t->peer), be16(t->peer_port));
}

static void received(struct tcp *t, const uint8_t *data, uint32_t bytes)
{
	(void)t;
	stream_take(&in, data, bytes);
}

static void peer_done(struct tcp *t)
{
	char answer[STREAM_ANSWER], text[STREAM_TEXT];
	uint32_t length = stream_answer(&in, answer);

	/* all of it is in one piece: what was sent before is nothing */
	for (uint32_t done = 0, room; done < length; done += room) {
		uint8_t *to = tcp_room(t, &room);

		room = room < length - done ? room : length - done;
		memcpy(to, answer + done, room);
		tcp_put(t, room);
	}
	tcp_close(t);
	is_judged = true;
	printf("tcp: %s, sum %08x%08x, stream %s\n", stream_text(&in, text), in.b, in.a,
	       in.is_wrong ? "WRONG" : "right");
}

static void closed(struct tcp *t, const char *why)
{
	(void)t;
	if (why && !is_judged)
		printf("tcp: after %llu bytes: %s\n", in.bytes, why);
	is_judged = true;
	ended++;
}

void server_start(uint16_t port)
{
	static const struct tcp_user user = {
		.opened = opened, .received = received, .peer_done = peer_done, .closed = closed};
	struct tcp *t = &tcp_connections[0];

	t->user = &user;
	t->port = be16(port);
	t->is_listening = true;
}

uint32_t server_count(void)
{
	return ended;
}
