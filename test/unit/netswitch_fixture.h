/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A switch whose ports count what they get, and remember the last of it. */
#ifndef GATEHOUSE_TEST_UNIT_NETSWITCH_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_NETSWITCH_FIXTURE_H

#include "core/netswitch.h"

#include <string.h>

#include "core/errno.h"
#include "core/util.h"
#include "test/unit/net_packets.h"
#include "test/unit/unit.h"

#define PORTS  NETSWITCH_PORTS
#define ALL    (NET_TAKES_CSUM | NET_TAKES_TSO4 | NET_TAKES_TSO6)
#define SECOND NSEC_PER_SEC
#define MS     NSEC_PER_MSEC

/* What is behind a port. */
struct behind {
	unsigned takes, room; /* room goes down with each frame */
	unsigned frames;
	uint64_t bytes;
	struct net_frame last;
	uint8_t data[NET_LARGE_MAX];
};

static struct netswitch net;
static struct behind behind[PORTS];
static uint8_t out[NET_LARGE_MAX];
static uint64_t now = 5 * SECOND;
static struct unit_random source = {99};

static inline bool take(void *owner, const struct net_frame *f)
{
	struct behind *b = owner;

	assert_int_equal(net_needs(f) & ~b->takes, 0);
	assert_true(f->bytes >= NET_HEADER);
	assert_true(f->bytes <= (f->gso_type ? NET_LARGE_MAX : NET_FRAME_MAX));
	if (!b->room)
		return false;
	b->room--;
	b->frames++;
	b->bytes += f->bytes;
	b->last = *f;
	memcpy(b->data, f->data, f->bytes);
	b->last.data = b->data;
	return true;
}

static inline unsigned takes_of(const void *owner)
{
	return ((const struct behind *)owner)->takes;
}

static inline unsigned room_of(const void *owner)
{
	return ((const struct behind *)owner)->room;
}

static const struct netswitch_ends guest_ends = {take, takes_of, room_of};
static const struct netswitch_ends card_ends = {take, NULL, NULL};

/* Locally administered, number n. */
static inline void put_mac(uint8_t *at, unsigned n)
{
	put_be(at, 2, 0x0200);
	put_be(at + 2, 4, n * 0x01000193u);
}

/* mac 0: any. */
static inline unsigned add(enum netswitch_kind kind, unsigned mac)
{
	uint8_t address[6];
	int port = netswitch_add(&net, kind, mac ? (put_mac(address, mac), address) : NULL,
				 kind == NETSWITCH_UPLINK ? &card_ends : &guest_ends, NULL);

	assert_in_range(port, 0, PORTS - 1);
	net.ports[port].owner = &behind[port];
	behind[port].takes = kind == NETSWITCH_UPLINK ? 0 : ALL;
	behind[port].room = ~0u;
	return (unsigned)port;
}

#define TO_ALL 0xFFFFu /* the broadcast address */

static inline struct net_frame frame(unsigned to, unsigned from, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)unit_random(&source);
	put_mac(out, to);
	if (to == TO_ALL)
		memset(out, 0xFF, 6);
	put_mac(out + 6, from);
	return (struct net_frame){.data = out, .bytes = bytes};
}

static inline struct net_frame tcp_frame(unsigned to, unsigned from, unsigned type, uint32_t bytes,
					 unsigned gso_size)
{
	struct net_frame f = frame(to, from, bytes);

	put_tcp(&f, out, type, bytes, 0, 0, gso_size);
	return f;
}

static inline void receive(unsigned port, struct net_frame f)
{
	netswitch_receive(&net, port, &f, now);
}

/* A small frame from a port; which ports got it. */
static inline uint32_t who_gets(unsigned port, unsigned to, unsigned from)
{
	unsigned before[PORTS];
	uint32_t who = 0;

	for (unsigned i = 0; i < PORTS; i++)
		before[i] = behind[i].frames;
	receive(port, frame(to, from, 64));
	for (unsigned i = 0; i < PORTS; i++) {
		assert_in_range(behind[i].frames - before[i], 0, 1);
		if (behind[i].frames == before[i])
			continue;
		who |= 1u << i;
		assert_int_equal(behind[i].last.bytes, 64);
		assert_memory_equal(behind[i].data, out, 64);
	}
	return who;
}

static inline uint64_t drops(unsigned port, enum netswitch_drop why)
{
	return net.ports[port].drops[why];
}

static inline int setup(void **state)
{
	netswitch_init(&net);
	memset(behind, 0, sizeof(behind));
	now += 1000 * SECOND;
	return 0;
}

#define SWITCH_TEST(name) cmocka_unit_test_setup(name, setup)

#endif
