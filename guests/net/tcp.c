/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP: what arrives, and what it means to a connection. */
#include <linux/in.h>
#include <linux/tcp.h>

#include "guests/lib/time.h"
#include "guests/net/tcp.h"

#define TIMEOUT_NS  (300ull * NSEC_PER_MSEC)
#define MSS_DEFAULT 536u /* RFC 1122, 4.2.2.6 */
#define SAME_ACKS   3u
#define FIRST_MOST  14600u /* RFC 6928 */
#define ACK_EACH    2920u  /* bytes */
#define OPTION_END  0
#define OPTION_NOP  1
#define OPTION_MSS  2

/* A segment that was looked through: all in the machine's byte order. */
struct segment {
	const struct tcphdr *h;
	uint32_t from, seq, ack, window;
	const uint8_t *data;
	uint32_t bytes;
};

struct tcp tcp_connections[TCP_CONNECTIONS];

/* False if it is broken. */
static bool segment_read(struct segment *s, uint32_t from, const uint8_t *data, uint32_t bytes)
{
	const struct tcphdr *h = (const struct tcphdr *)data;
	uint32_t header;

	if (bytes < sizeof(*h) ||
	    ip_checksum(data, bytes, ip_pseudo_sum(from, net.address, IPPROTO_TCP, bytes)))
		return false;
	header = h->doff * 4u;
	if (header < sizeof(*h) || header > bytes)
		return false;
	*s = (struct segment){.h = h,
			      .from = from,
			      .seq = be32(h->seq),
			      .ack = be32(h->ack_seq),
			      .window = be16(h->window),
			      .data = data + header,
			      .bytes = bytes - header};
	return true;
}

/* The largest segment the peer takes, from the options of its SYN. */
static uint32_t mss_of(const struct segment *s)
{
	const uint8_t *at = (const uint8_t *)(s->h + 1);
	uint32_t mss = MSS_DEFAULT, most = IP_PAYLOAD - sizeof(struct tcphdr);

	while (at < s->data && *at != OPTION_END) {
		uint32_t length = 1;

		if (*at != OPTION_NOP) {
			if (s->data - at < 2 || at[1] < 2 || at[1] > s->data - at)
				break;
			length = at[1];
		}
		if (*at == OPTION_MSS && length == 4)
			mss = (uint32_t)at[2] << 8 | at[3];
		at += length;
	}
	return mss < 64 ? 64 : mss > most ? most : mss;
}

/* A connection's state at its beginning, up to who the peer is. */
static void begin(struct tcp *t, enum tcp_state state)
{
	uint32_t seq = (uint32_t)now_ns() & ~3u;

	t->state = state;
	t->una = t->nxt = t->top = t->recover = seq - 1;
	t->end = seq;
	t->window = 0;
	t->mss = MSS_DEFAULT;
	t->is_closing = t->peer_is_done = t->ack_is_due = false;
	t->has_hole = false;
	t->most = FIRST_MOST;
	t->threshold = TCP_BUFFER;
	t->same_acks = t->resent = t->resendings = t->not_acked = 0;
	t->resend_ns = 0;
	t->timeout_ns = TIMEOUT_NS;
	t->heard_ns = now_ns();
}

void tcp_connect(struct tcp *t, uint32_t peer, uint16_t peer_port, uint16_t port)
{
	begin(t, TCP_SYN_SENT);
	t->peer = peer;
	t->peer_port = peer_port;
	t->port = port;
	t->rcv_nxt = 0;
}

static void accept(struct tcp *t, const struct segment *s)
{
	begin(t, TCP_SYN_RECEIVED);
	t->peer = s->from;
	t->peer_port = s->h->source;
	t->rcv_nxt = s->seq + 1;
	t->window = s->window;
	t->mss = mss_of(s);
}

void tcp_end(struct tcp *t, const char *why)
{
	t->state = TCP_CLOSED;
	if (t->user->closed)
		t->user->closed(t, why);
}

static void open(struct tcp *t)
{
	t->state = TCP_OPEN;
	if (t->user->opened)
		t->user->opened(t);
}

/* The answer to a call. */
static void input_syn_sent(struct tcp *t, const struct segment *s)
{
	if (s->h->ack && s->ack != t->una + 1) {
		tcp_refuse(s->from, (const uint8_t *)s->h, s->bytes);
		return;
	}
	if (!s->h->ack)
		return;
	if (s->h->rst) {
		tcp_end(t, "refused");
		return;
	}
	if (!s->h->syn)
		return;
	t->una = t->nxt = t->top = s->ack;
	t->resend_ns = 0;
	t->resent = 0;
	t->timeout_ns = TIMEOUT_NS;
	t->rcv_nxt = s->seq + 1;
	t->window = s->window;
	t->mss = mss_of(s);
	t->ack_is_due = true;
	open(t);
}

void tcp_slow_down(struct tcp *t)
{
	uint32_t half = (t->top - t->una) / 2;

	t->threshold = half > 2 * t->mss ? half : 2 * t->mss;
	t->most = t->threshold;
	t->recover = t->top;
	t->resendings++;
}

/* The third of the same in a row: one was lost behind it (RFC 5681, 3.2). */
static void same_ack(struct tcp *t)
{
	if (++t->same_acks != SAME_ACKS || (int32_t)(t->una - t->recover) < 0)
		return;
	tcp_slow_down(t);
	t->has_hole = true;
}

/* So many bytes arrived. A hole behind them is the next one that was lost (RFC 6582). */
static void speed_up(struct tcp *t, uint32_t bytes)
{
	t->has_hole = (int32_t)(t->una - t->recover) < 0 && t->nxt == t->top;
	if (t->has_hole || t->most >= TCP_BUFFER)
		return;
	t->most += t->most < t->threshold ? bytes : t->mss * t->mss / t->most;
}

/* False if it acknowledges what was never sent. */
static bool take_ack(struct tcp *t, const struct segment *s)
{
	uint32_t bytes;

	if ((int32_t)(s->ack - t->top) > 0) {
		t->ack_is_due = true;
		return false;
	}
	if ((int32_t)(s->ack - t->una) < 0)
		return true;
	if (s->ack == t->una) {
		if (!s->bytes && !s->h->fin && s->window == t->window && t->una != t->top)
			same_ack(t);
		t->window = s->window;
		/* shut, but the peer is there */
		if (!t->window)
			t->resent = 0;
		return true;
	}
	bytes = s->ack - t->una;
	t->window = s->window;
	t->una = s->ack;
	if ((int32_t)(t->nxt - t->una) < 0)
		t->nxt = t->una;
	speed_up(t, bytes);
	t->same_acks = t->resent = 0;
	t->timeout_ns = TIMEOUT_NS;
	t->resend_ns = t->una == t->top ? 0 : now_ns() + TIMEOUT_NS;
	if (t->state == TCP_SYN_RECEIVED)
		open(t);
	return true;
}

/* What follows in the stream; anything else is answered with what is missing. */
static void take_data(struct tcp *t, const struct segment *s)
{
	uint32_t skip = t->rcv_nxt - s->seq, length = s->bytes + s->h->fin;

	if (!length) {
		/* out of place: who asks so whether this side is there gets an answer */
		t->ack_is_due |= skip != 0;
		return;
	}
	if ((int32_t)skip < 0 || skip >= length || t->peer_is_done) {
		/* at once: each of them tells the sender about one that arrived */
		t->ack_is_due = !tcp_send_ack(t);
		return;
	}
	if (skip < s->bytes) {
		uint32_t n = s->bytes - skip;

		t->rcv_nxt += n;
		t->not_acked += n;
		t->ack_is_due = true;
		if (t->user->received)
			t->user->received(t, s->data + skip, n);
	}
	if (s->h->fin) {
		t->rcv_nxt++;
		t->ack_is_due = t->peer_is_done = true;
		if (t->user->peer_done)
			t->user->peer_done(t);
	}
	if (t->not_acked >= ACK_EACH)
		tcp_send_ack(t);
}

/* Closed on both sides: who closed first stays to answer a FIN that comes again. */
static void look_for_end(struct tcp *t, bool was_done)
{
	if (t->state != TCP_OPEN || !t->is_closing || t->una != t->end + 1 || !t->peer_is_done)
		return;
	t->resend_ns = 0;
	if (was_done)
		tcp_end(t, NULL);
	else
		t->state = TCP_TIME_WAIT;
}

static void input(struct tcp *t, const struct segment *s)
{
	bool was_done = t->peer_is_done;

	t->heard_ns = now_ns();
	if (t->state == TCP_SYN_SENT) {
		input_syn_sent(t, s);
		return;
	}
	if (s->h->rst) {
		/* only what follows exactly: others may guess (RFC 5961, 3.2) */
		if (s->seq == t->rcv_nxt)
			tcp_end(t, "reset by the peer");
		return;
	}
	if (s->h->syn) {
		t->ack_is_due = true;
		if (t->state == TCP_SYN_RECEIVED)
			t->nxt = t->una;
		return;
	}
	if (!s->h->ack || !take_ack(t, s))
		return;
	if (t->state == TCP_OPEN || t->state == TCP_TIME_WAIT)
		take_data(t, s);
	look_for_end(t, was_done);
}

static bool is_from_peer(const struct tcp *t, const struct segment *s)
{
	return t->state != TCP_CLOSED && t->peer == s->from && t->peer_port == s->h->source &&
	       t->port == s->h->dest;
}

void tcp_input(uint32_t from, const uint8_t *data, uint32_t bytes)
{
	struct segment s;

	if (!segment_read(&s, from, data, bytes)) {
		net.broken++;
		return;
	}
	for (struct tcp *t = tcp_connections; t < tcp_connections + TCP_CONNECTIONS; t++)
		if (is_from_peer(t, &s)) {
			input(t, &s);
			return;
		}
	net.ignored++;
	for (struct tcp *t = tcp_connections; t < tcp_connections + TCP_CONNECTIONS; t++)
		if (t->is_listening && t->port == s.h->dest && s.h->syn && !s.h->ack && !s.h->rst) {
			/* while it is busy nothing is said: the caller tries again */
			if (t->state == TCP_CLOSED)
				accept(t, &s);
			return;
		}
	tcp_refuse(from, data, bytes - s.h->doff * 4u);
}
