/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP: what is sent, and when it is sent anew. */
#include <linux/in.h>
#include <linux/tcp.h>

#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/net/tcp.h"

#define WINDOW         65535u /* always: what comes is used at once */
#define MSS            (IP_PAYLOAD - (uint32_t)sizeof(struct tcphdr))
#define RETRY_NS       (20ull * NSEC_PER_MSEC)
#define TIMEOUT_MAX_NS (2ull * NSEC_PER_SEC)
#define RESEND_MAX     12u
#define SILENCE_NS     (60ull * NSEC_PER_SEC)
#define TIME_WAIT_NS   (1ull * NSEC_PER_SEC)

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- segments ----------------------------------------------------------------------------- */

static void header_set(struct tcphdr *h, uint16_t port, uint16_t peer_port, uint32_t seq,
		       uint32_t ack)
{
	*h = (struct tcphdr){.source = port,
			     .dest = peer_port,
			     .seq = be32(seq),
			     .ack_seq = be32(ack),
			     .doff = sizeof(*h) / 4,
			     .window = be16(WINDOW)};
}

static void finish(struct tcphdr *h, uint32_t to, uint32_t bytes)
{
	h->check = ip_checksum(h, bytes, ip_pseudo_sum(net.address, to, IPPROTO_TCP, bytes));
	ip_send(bytes);
}

/* From the buffer, where sequence number n has place n % TCP_BUFFER. */
static void copy_out(const struct tcp *t, uint8_t *to, uint32_t seq, uint32_t bytes)
{
	uint32_t at = seq % TCP_BUFFER, first = least(bytes, TCP_BUFFER - at);

	memcpy(to, t->buffer + at, first);
	memcpy(to + first, t->buffer, bytes - first);
}

bool tcp_send(struct tcp *t, uint32_t seq, unsigned flags, uint32_t bytes)
{
	struct tcphdr *h = ip_packet(t->peer, IPPROTO_TCP);
	uint8_t *data;

	if (!h)
		return false;
	data = (uint8_t *)(h + 1);
	header_set(h, t->port, t->peer_port, seq, t->rcv_nxt);
	h->syn = !!(flags & TCP_SYN);
	h->fin = !!(flags & TCP_FIN);
	h->ack = t->state != TCP_SYN_SENT;
	h->psh = bytes && seq + bytes == t->end;
	copy_out(t, data, seq, bytes);
	if (flags & TCP_SYN) {
		static const uint8_t mss[4] = {2, 4, MSS >> 8, MSS & 0xFF};

		memcpy(data, mss, sizeof(mss));
		h->doff += sizeof(mss) / 4;
		bytes += sizeof(mss);
	}
	finish(h, t->peer, sizeof(*h) + bytes);
	if (h->ack) {
		t->ack_is_due = false;
		t->not_acked = 0;
	}
	return true;
}

bool tcp_send_ack(struct tcp *t)
{
	return tcp_send(t, t->top, 0, 0);
}

void tcp_refuse(uint32_t to, const uint8_t *segment, uint32_t payload_bytes)
{
	const struct tcphdr *s = (const struct tcphdr *)segment;
	struct tcphdr *h = s->rst ? NULL : ip_packet(to, IPPROTO_TCP);

	if (!h)
		return;
	header_set(h, s->dest, s->source, s->ack ? be32(s->ack_seq) : 0,
		   be32(s->seq) + payload_bytes + s->syn + s->fin);
	h->rst = 1;
	h->ack = !s->ack;
	h->window = 0;
	finish(h, to, sizeof(*h));
}

/* ---- the stream ----------------------------------------------------------------------------- */

uint8_t *tcp_room(struct tcp *t, uint32_t *bytes)
{
	uint32_t at = t->end % TCP_BUFFER;

	*bytes = least(TCP_BUFFER - (t->end - t->una), TCP_BUFFER - at);
	return t->buffer + at;
}

void tcp_put(struct tcp *t, uint32_t bytes)
{
	t->end += bytes;
}

void tcp_close(struct tcp *t)
{
	t->is_closing = true;
}

/* Notes that everything before this sequence number was sent. */
static void sent_to(struct tcp *t, uint32_t seq, uint64_t now)
{
	t->nxt = seq;
	if ((int32_t)(seq - t->top) > 0)
		t->top = seq;
	if (!t->resend_ns)
		t->resend_ns = now + t->timeout_ns;
}

/* How much of what there is the next segment takes: whole segments as long as anything is under
 * way, the rest when no more comes. */
static uint32_t next_bytes(const struct tcp *t)
{
	uint32_t left = t->end - t->nxt, used = t->nxt - t->una, most = least(t->window, t->most),
		 n = used < most ? least(least(left, most - used), t->mss) : 0;

	if (n < t->mss && used && !(t->is_closing && n == left))
		return 0;
	return n;
}

/* Sends the segment at una anew; the FIN by itself is left to the timer. */
static bool fill_hole(struct tcp *t)
{
	uint32_t n = least(t->top - t->una, t->mss);

	if (t->una + n == t->end + 1)
		n--;
	if (n && !tcp_send(t, t->una, 0, n))
		return false;
	t->has_hole = false;
	return true;
}

/* False if the card took less than there was for it. */
static bool send_stream(struct tcp *t, uint64_t now)
{
	uint32_t n;

	if (t->user->refill && !t->is_closing)
		t->user->refill(t);
	if (t->has_hole && !fill_hole(t))
		return false;
	/* behind the FIN there is nothing */
	if (t->nxt == t->end + 1)
		return true;
	for (; (n = next_bytes(t)); sent_to(t, t->nxt + n, now))
		if (!tcp_send(t, t->nxt, 0, n))
			return false;
	if (t->is_closing && t->nxt == t->end) {
		if (!tcp_send(t, t->nxt, TCP_FIN, 0))
			return false;
		sent_to(t, t->nxt + 1, now);
	}
	return true;
}

static bool send_syn(struct tcp *t, uint64_t now)
{
	if (t->nxt != t->una)
		return true;
	if (!tcp_send(t, t->una, TCP_SYN, 0))
		return false;
	sent_to(t, t->una + 1, now);
	return true;
}

/* The peer's window is shut: a byte behind it makes the peer say how it is (RFC 1122, 4.2.2.17). */
static bool window_is_shut(const struct tcp *t)
{
	return t->state == TCP_OPEN && !t->window && t->una == t->nxt &&
	       (int32_t)(t->end - t->una) > 0;
}

static void resend(struct tcp *t, uint64_t now)
{
	if (t->state == TCP_OPEN) {
		tcp_slow_down(t);
		t->most = t->mss;
	}
	t->nxt = t->una;
	t->resent++;
	t->timeout_ns *= 2;
	if (t->timeout_ns > TIMEOUT_MAX_NS)
		t->timeout_ns = TIMEOUT_MAX_NS;
	t->resend_ns = 0;
	if (window_is_shut(t) && tcp_send(t, t->una, 0, 1)) {
		sent_to(t, t->una + 1, now);
		t->nxt = t->una;
	}
}

/* Nothing was heard for so long; `now` may be older than what was heard last. */
static bool is_silent(const struct tcp *t, uint64_t now, uint64_t ns)
{
	return now > t->heard_ns + ns;
}

uint64_t tcp_work(struct tcp *t, uint64_t now)
{
	bool went;

	if (t->state == TCP_CLOSED)
		return ~0ull;
	if (t->state == TCP_TIME_WAIT && is_silent(t, now, TIME_WAIT_NS)) {
		tcp_end(t, NULL);
		return ~0ull;
	}
	if (t->resent > RESEND_MAX || is_silent(t, now, SILENCE_NS)) {
		tcp_end(t, "the peer is silent");
		return ~0ull;
	}
	if (t->resend_ns && now >= t->resend_ns)
		resend(t, now);
	went = t->state == TCP_OPEN || t->state == TCP_TIME_WAIT ? send_stream(t, now)
								 : send_syn(t, now);
	if (t->ack_is_due)
		went &= tcp_send_ack(t);
	if (window_is_shut(t) && !t->resend_ns)
		t->resend_ns = now + t->timeout_ns;
	if (!went)
		return now + RETRY_NS;
	if (t->resend_ns)
		return t->resend_ns;
	return t->heard_ns + (t->state == TCP_TIME_WAIT ? TIME_WAIT_NS : SILENCE_NS) + 1;
}
