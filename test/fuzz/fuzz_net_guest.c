/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the IPv4 stack of the guest net. The input is a row of operations: a
 * frame as it is; a TCP segment that fits a connection but for what the input
 * says, with right sums; time that passes; a card that takes nothing.
 */
/* unit-sources: guests/net/ip.c guests/net/ping.c guests/net/tcp.c guests/net/tcp_out.c */
/* unit-sources: guests/net/stream.c guests/net/server.c guests/net/sender.c */
/* unit-flags: -Dprintf=guest_printf */
#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "guests/net/net.h"
#include "guests/net/stream.h"
#include "guests/net/tcp.h"

#define US   be32(0x0A000001)
#define PEER be32(0x0A000002)

/* So far into its memory a frame begins, as in guests/net/card.c. */
#define PLACE 2u

struct input {
	const uint8_t *at;
	size_t left;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int guest_printf(const char *fmt, ...);

uint8_t card_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 1};

static uint64_t now;
static uint8_t *tx;
static bool card_is_full;

uint64_t now_ns(void)
{
	return now += 1000;
}

int guest_printf(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

uint8_t *card_tx(void)
{
	free(tx);
	tx = malloc(PLACE + ETH_FRAME_LEN);
	return card_is_full ? NULL : tx + PLACE;
}

/* What is sent is whole. */
void card_send(uint32_t bytes)
{
	const struct ethhdr *h = (const struct ethhdr *)(tx + PLACE);
	const struct iphdr *ip = (const struct iphdr *)(h + 1);

	check(bytes >= sizeof(*h) && bytes <= ETH_FRAME_LEN);
	if (h->h_proto != be16(ETH_P_IP))
		return;
	check(bytes == ETH_HLEN + be16(ip->tot_len) && !ip_checksum(ip, sizeof(*ip), 0));
	bytes -= ETH_HLEN + sizeof(*ip);
	if (ip->protocol == IPPROTO_TCP)
		check(!ip_checksum(ip + 1, bytes,
				   ip_pseudo_sum(ip->saddr, ip->daddr, IPPROTO_TCP, bytes)));
	else
		check(!ip_checksum(ip + 1, bytes, 0));
}

void card_flush(void)
{
}

static uint32_t take(struct input *in, unsigned bytes)
{
	uint32_t value = 0;

	for (; bytes && in->left; bytes--, in->left--)
		value = value << 8 | *in->at++;
	return value;
}

/* Delivered in memory that ends where the frame does. */
static void deliver(const uint8_t *head, uint32_t head_bytes, struct input *in, uint32_t bytes)
{
	uint8_t *frame;

	if (bytes > in->left)
		bytes = (uint32_t)in->left;
	frame = malloc(PLACE + head_bytes + bytes);
	if (head_bytes)
		memcpy(frame + PLACE, head, head_bytes);
	if (bytes)
		memcpy(frame + PLACE + head_bytes, in->at, bytes);
	in->at += bytes;
	in->left -= bytes;
	net_input(frame + PLACE, head_bytes + bytes);
	free(frame);
}

static void deliver_segment(struct input *in)
{
	struct {
		uint8_t place[PLACE];
		struct ethhdr eth;
		struct iphdr ip;
		struct tcphdr tcp;
		uint8_t data[1600];
	} f = {0};
	struct tcp *t = &tcp_connections[take(in, 1) % TCP_CONNECTIONS];
	uint32_t flags = take(in, 1), data = take(in, 2) % 1460, length;

	memcpy(f.eth.h_dest, card_mac, ETH_ALEN);
	f.eth.h_proto = be16(ETH_P_IP);
	f.tcp.seq = be32(t->rcv_nxt + (uint32_t)(int16_t)take(in, 2));
	f.tcp.ack_seq = be32((flags & 64 ? t->top : t->una) + (uint32_t)(int16_t)take(in, 2));
	f.tcp.window = be16((uint16_t)take(in, 2));
	f.tcp.source = t->state == TCP_CLOSED ? be16(777) : t->peer_port;
	f.tcp.dest = t->port;
	f.tcp.doff = 5 + (flags >> 5 & 1) * take(in, 1) % 11;
	f.tcp.fin = flags & 1;
	f.tcp.syn = flags >> 1 & 1;
	f.tcp.rst = flags >> 2 & 1;
	f.tcp.ack = flags >> 4 & 1;
	data = data < in->left ? data : (uint32_t)in->left;
	if (data)
		memcpy(f.data, in->at, data);
	in->at += data;
	in->left -= data;
	length = sizeof(f.tcp) + data;
	f.ip = (struct iphdr){.version = 4,
			      .ihl = 5,
			      .tot_len = be16((uint16_t)(sizeof(f.ip) + length)),
			      .protocol = IPPROTO_TCP,
			      .saddr = PEER,
			      .daddr = US};
	f.ip.check = ip_checksum(&f.ip, sizeof(f.ip), 0);
	f.tcp.check = ip_checksum(&f.tcp, length, ip_pseudo_sum(PEER, US, IPPROTO_TCP, length));
	deliver((uint8_t *)&f.eth, (uint32_t)(ETH_HLEN + sizeof(f.ip)) + length, in, 0);
}

/* The peer says who it is; without that nothing is ever sent to it. */
static void introduce(void)
{
	static const uint8_t arp[] = {
		2, 0, 0, 0, 0, 1, 2, 0,  0, 0, 0, 2, 8, 6, 0, 1, 8, 0,  6, 4, 0,
		2, 2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1,
	};
	struct input none = {arp, 0};

	deliver(arp, sizeof(arp), &none, 0);
}

static void check_connection(const struct tcp *t)
{
	if (t->state == TCP_CLOSED)
		return;
	check((int32_t)(t->nxt - t->una) >= 0 && (int32_t)(t->top - t->nxt) >= 0);
	check((int32_t)(t->end + 1 - t->top) >= 0 && t->top - t->una <= TCP_BUFFER + 1);
	check(t->end + 1 - t->una <= TCP_BUFFER + 1 && t->mss >= 64 && t->mss <= 1460);
}

static void work(void)
{
	uint64_t time = now_ns();

	ping_work(time);
	sender_work(time);
	for (unsigned n = 0; n < TCP_CONNECTIONS; n++) {
		tcp_work(&tcp_connections[n], time);
		check_connection(&tcp_connections[n]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	now = 1000000000;
	card_is_full = false;
	memset(tcp_connections, 0, sizeof(tcp_connections));
	net = (struct net){.address = US, .mask = be32(0xFFFFFF00)};
	ping = (struct ping){.to = PEER, .count = 3, .period_ns = NSEC_PER_SEC};
	server_start(STREAM_PORT);
	sender_start(PEER, STREAM_PORT, take(&in, 1), 1);
	introduce();
	while (in.left) {
		uint32_t what = take(&in, 1);

		if (what % 4 == 0)
			deliver(NULL, 0, &in, take(&in, 2));
		else if (what % 4 == 1)
			deliver_segment(&in);
		else if (what % 4 == 2)
			now += (uint64_t)take(&in, 2) * NSEC_PER_MSEC;
		else
			card_is_full = take(&in, 1) & 1;
		work();
	}
	return 0;
}
