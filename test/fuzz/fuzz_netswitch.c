/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the switch. Input: operations of 4 bytes: what, port, destination,
 * source; see do_one(). Addresses are one byte each.
 */
/* unit-sources: core/netswitch.c core/net_frame.c */
#include "core/netswitch.h"

#include <stdlib.h>

#include "test/unit/net_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct behind {
	unsigned takes, room;
};

static struct netswitch net;
static struct behind behind[NETSWITCH_PORTS];
static enum netswitch_kind kinds[NETSWITCH_PORTS];
static uint8_t frame[NET_LARGE_MAX];
static unsigned from;
static uint64_t now, copied;

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* Nobody hears itself, or whom it must not hear, or what it does not understand. */
static bool take(void *owner, const struct net_frame *f)
{
	struct behind *b = owner;
	enum netswitch_kind to = kinds[b - behind], of = kinds[from];

	check(b - behind != (int)from);
	check(!(net_needs(f) & ~b->takes));
	check(f->bytes >= NET_HEADER && f->bytes <= (f->gso_type ? NET_LARGE_MAX : NET_FRAME_MAX));
	if (to == NETSWITCH_UPLINK)
		check(of != NETSWITCH_UPLINK);
	else
		check(of == NETSWITCH_UPLINK ||
		      (of == NETSWITCH_ORDINARY && to == NETSWITCH_ORDINARY));
	if (!b->room)
		return false;
	b->room--;
	copied += f->bytes;
	return true;
}

static unsigned takes_of(const void *owner)
{
	return ((const struct behind *)owner)->takes;
}

static unsigned room_of(const void *owner)
{
	return ((const struct behind *)owner)->room;
}

static const struct netswitch_ends ends = {take, takes_of, room_of};

static void put_mac(uint8_t *at, uint8_t n)
{
	memset(at, n == 0xFF ? 0xFF : 0, 6);
	at[0] = n == 0xFF ? 0xFF : 2;
	at[5] = n;
}

static void send(unsigned port, const uint8_t *op)
{
	static const uint32_t sizes[] = {60, 1514, 14, 1000, 3000, 20000, 65549, 1515};
	uint32_t bytes = sizes[op[0] >> 3 & 7];
	struct net_frame f = {.data = frame, .bytes = bytes};

	if (op[0] & 0x40)
		put_tcp(&f, frame, op[0] & 0x80 ? GSO_TCPV4 : GSO_TCPV6, bytes < 100 ? 100 : bytes,
			0, 0, bytes > NET_FRAME_MAX ? 1400 : 0);
	put_mac(frame, op[2]);
	put_mac(frame + 6, op[3]);
	if (!(net.used >> port & 1))
		return;
	from = port;
	copied = 0;
	netswitch_receive(&net, port, &f, now);
	check(copied < 100000); /* bytes: what a frame costs has a bound */
}

static void add(const uint8_t *op)
{
	uint8_t mac[6];
	int port;

	put_mac(mac, op[3]);
	port = netswitch_add(&net, op[1] % 3, op[2] & 1 && op[3] != 0xFF ? mac : NULL, &ends, NULL);
	if (port < 0)
		return;
	kinds[port] = op[1] % 3;
	net.ports[port].owner = &behind[port];
	behind[port] = (struct behind){op[2] >> 1 & 7, op[2]};
}

static void do_one(const uint8_t *op)
{
	unsigned port = op[1] % NETSWITCH_PORTS;

	switch (op[0] & 7) {
	case 0:
		add(op);
		break;
	case 1:
		if (net.used >> port & 1)
			netswitch_remove(&net, port);
		break;
	case 2:
		now += (uint64_t)op[1] * op[2] * op[3] * (op[0] & 8 ? 1000000 : 100);
		break;
	case 3:
		behind[port].room = op[2];
		break;
	default:
		send(port, op);
	}
}

/* Each address that is in use hangs in one chain, and is counted at its port. */
static void check_table(void)
{
	unsigned macs[NETSWITCH_PORTS] = {0}, used = 0, chained = 0;

	for (unsigned i = 0; i < NETSWITCH_MACS; i++)
		if (net.macs[i].is_used) {
			check(net.used >> net.macs[i].port & 1);
			macs[net.macs[i].port]++;
			used++;
		}
	for (unsigned i = 0; i < NETSWITCH_HEADS; i++)
		for (unsigned n = net.heads[i]; n != NETSWITCH_MACS; n = net.macs[n].next) {
			check(net.macs[n].is_used);
			check(++chained <= used);
		}
	check(chained == used);
	for (unsigned i = 0; i < NETSWITCH_PORTS; i++)
		check(!(net.used >> i & 1) || (net.ports[i].macs == macs[i] && macs[i] <= 65));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	netswitch_init(&net);
	now = 0;
	for (; size >= 4; size -= 4, data += 4)
		do_one(data);
	check_table();
	return 0;
}
