/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Ethernet switch: addresses, who may reach whom, and each sender's share. */
#include "core/netswitch.h"

#include <linux/virtio_net.h>

#include "core/errno.h"
#include "core/lib.h"
#include "core/util.h"

#define BIT(n)    (1u << (n))
#define NO_MAC    NETSWITCH_MACS
#define PORT_MACS 64u                  /* learned at one port */
#define MAC_NS    (300 * NSEC_PER_SEC) /* 802.1Q-2014, table 8-6 */

/*
 * What a port may send to all: 2000 frames a second, 256 in a row; and as much
 * copying as 80 KB in a row, 125 MB a second. So one large frame may go to one
 * receiver and a frame of NET_FRAME_MAX to 31, and no go is too long.
 */
#define FLOOD_NS        (NSEC_PER_SEC / 2000)
#define FLOOD_BURST_NS  (256 * FLOOD_NS)
#define COPY_BYTE_NS    8u
#define COPY_COST_BYTES 256u /* of a frame at a receiver, besides its bytes */
#define COPY_BURST_NS   (80000u * COPY_BYTE_NS)

/* The last quarter of a receiver's room is shared: each sender may get a sixteenth in 1 ms. */
#define SHORT_PART 4u
#define SHARE_PART 16u

static uint8_t piece_buffer[NET_FRAME_MAX] ALIGNED(4);

/* A frame under way. */
struct trip {
	struct netswitch *s;
	unsigned from;
	uint32_t to;
	uint64_t now_ns;
};

static bool is_same_mac(const uint8_t *a, const uint8_t *b)
{
	uint32_t high_a, high_b;
	uint16_t low_a, low_b;

	memcpy(&high_a, a, 4);
	memcpy(&high_b, b, 4);
	memcpy(&low_a, a + 4, 2);
	memcpy(&low_b, b + 4, 2);
	return high_a == high_b && low_a == low_b;
}

/* Takes the lowest port off the set. */
static unsigned next_port(uint32_t *set)
{
	unsigned port = (unsigned)__builtin_ctz(*set);

	*set &= *set - 1;
	return port;
}

static unsigned count_ports(uint32_t set)
{
	unsigned n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

/* ---- addresses ------------------------------------------------------------------ */

static uint16_t *head_of(struct netswitch *s, const uint8_t *mac)
{
	uint32_t low =
		(uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];

	return &s->heads[(low * 0x9E3779B1u) >> 26]; /* Knuth's multiplier; 64 heads */
}

/* Where the chain leads to the address, or ends. */
static uint16_t *link_to(struct netswitch *s, const uint8_t *mac)
{
	uint16_t *link = head_of(s, mac);

	while (*link != NO_MAC && !is_same_mac(s->macs[*link].mac, mac))
		link = &s->macs[*link].next;
	return link;
}

static struct netswitch_mac *find(struct netswitch *s, const uint8_t *mac)
{
	uint16_t n = *link_to(s, mac);

	return n == NO_MAC ? NULL : &s->macs[n];
}

static void forget(struct netswitch *s, struct netswitch_mac *m)
{
	*link_to(s, m->mac) = m->next;
	s->ports[m->port].macs--;
	m->is_used = false;
}

/* A place in the table; if it is full, that of a learned address, or NULL. */
static struct netswitch_mac *find_place(struct netswitch *s, bool may_evict)
{
	struct netswitch_mac *learned = NULL;

	for (unsigned i = 0; i < NETSWITCH_MACS; i++) {
		if (!s->macs[i].is_used)
			return &s->macs[i];
		if (!s->macs[i].is_pinned)
			learned = &s->macs[i];
	}
	if (!may_evict || !learned)
		return NULL;
	forget(s, learned);
	return learned;
}

/* An address that is not in the table yet. NULL: no place. */
static struct netswitch_mac *add_mac(struct netswitch *s, unsigned port, const uint8_t *mac,
				     bool is_pinned)
{
	struct netswitch_mac *m = find_place(s, is_pinned);
	uint16_t *head = head_of(s, mac);

	if (!m)
		return NULL;
	*m = (struct netswitch_mac){
		.port = (uint8_t)port, .is_used = true, .is_pinned = is_pinned, .next = *head};
	memcpy(m->mac, mac, NET_MAC);
	*head = (uint16_t)(m - s->macs);
	s->ports[port].macs++;
	return m;
}

static bool is_old(const struct netswitch_mac *m, uint64_t now_ns)
{
	return !m->is_pinned && now_ns - m->seen_ns >= MAC_NS;
}

/* One with each frame, so that nobody ever waits for a look at all of them. */
static void age_one(struct netswitch *s, uint64_t now_ns)
{
	struct netswitch_mac *m = &s->macs[s->hand++ % NETSWITCH_MACS];

	if (m->is_used && is_old(m, now_ns))
		forget(s, m);
}

/* Notes where the source is. False: that port must not use it. */
static bool learn(struct netswitch *s, unsigned port, const uint8_t *mac, uint64_t now_ns)
{
	struct netswitch_mac *m = find(s, mac);

	if (m && m->is_pinned)
		return m->port == port;
	if (s->pinned & BIT(port))
		return false;
	if (m && m->port != port) {
		forget(s, m);
		m = NULL;
	}
	if (!m && s->ports[port].macs < PORT_MACS)
		m = add_mac(s, port, mac, false);
	if (m)
		m->seen_ns = now_ns;
	return true;
}

/* ---- ways ----------------------------------------------------------------------- */

static uint32_t reach(const struct netswitch *s, unsigned from)
{
	uint32_t to = s->used & ~s->isolated;

	if (s->uplinks & BIT(from))
		to = s->used & ~s->uplinks;
	else if (s->isolated & BIT(from))
		to = s->uplinks;
	return to & ~BIT(from);
}

static bool is_link_local(const uint8_t *mac)
{
	static const uint8_t prefix[] = {0x01, 0x80, 0xC2, 0x00, 0x00};

	return !memcmp(mac, prefix, sizeof(prefix)) && mac[5] < 16;
}

static bool is_station(const uint8_t *mac)
{
	static const uint8_t zero[NET_MAC];

	return !(mac[0] & 1) && !is_same_mac(mac, zero);
}

/* Takes cost_ns of what the time since *due is worth, up to burst_ns. False: there is not so much.
 */
static bool pay(uint64_t *due, uint64_t now_ns, uint64_t cost_ns, uint64_t burst_ns)
{
	uint64_t end = MAX(*due, now_ns) + cost_ns;

	if (end > now_ns + burst_ns)
		return false;
	*due = end;
	return true;
}

/* Whether the sender may have that many copies made. */
static bool may_flood(const struct trip *t, const struct net_frame *f)
{
	struct netswitch_port *p = &t->s->ports[t->from];
	uint64_t cost_ns =
		(uint64_t)count_ports(t->to) * (f->bytes + COPY_COST_BYTES) * COPY_BYTE_NS;

	return pay(&p->copies_due, t->now_ns, cost_ns, COPY_BURST_NS) &&
	       pay(&p->frames_due, t->now_ns, FLOOD_NS, FLOOD_BURST_NS);
}

/*
 * Finds out where the frame goes, t->to. A single frame for an unknown address
 * is of no use to a port that has one address, which is known. NETSWITCH_DROPS:
 * it may go.
 */
static enum netswitch_drop route(struct trip *t, const struct net_frame *f)
{
	bool is_group = f->data[0] & 1;
	struct netswitch_mac *m = is_group ? NULL : find(t->s, f->data);

	t->to = reach(t->s, t->from);
	if (is_link_local(f->data))
		return NETSWITCH_DENIED;
	if (m && !is_old(m, t->now_ns)) {
		if (m->port == t->from)
			return NETSWITCH_NOWHERE;
		t->to &= BIT(m->port);
		return t->to ? NETSWITCH_DROPS : NETSWITCH_DENIED;
	}
	if (!is_group)
		t->to &= ~t->s->pinned;
	if (!t->to)
		return NETSWITCH_NOWHERE;
	if ((is_group || t->to & (t->to - 1)) && !may_flood(t, f))
		return NETSWITCH_STORM;
	return NETSWITCH_DROPS;
}

/* ---- delivery ------------------------------------------------------------------- */

/* Whether the receiver has so much room that it need not be shared, or the sender's share is left.
 */
static bool may_have(const struct trip *t, struct netswitch_port *to, uint32_t cost)
{
	uint32_t room;

	if (!to->ends->room)
		return true;
	if (t->now_ns - to->window_ns >= NSEC_PER_MSEC) {
		memset(to->had, 0, sizeof(to->had));
		to->window_ns = t->now_ns;
	}
	room = to->ends->room(to->owner);
	to->room_most = MAX(to->room_most, room);
	return room >= to->room_most / SHORT_PART ||
	       to->had[t->from] + cost <= MAX(to->room_most / SHARE_PART, 1u);
}

static void deliver(const struct trip *t, unsigned port, const struct net_frame *f)
{
	struct netswitch_port *to = &t->s->ports[port];
	uint32_t cost = 1 + f->bytes / (NET_FRAME_MAX + 1);

	if (!may_have(t, to, cost)) {
		to->drops[NETSWITCH_SHARE]++;
		return;
	}
	if (!to->ends->send(to->owner, f)) {
		to->drops[NETSWITCH_FULL]++;
		return;
	}
	to->had[t->from] = (uint16_t)MIN(to->had[t->from] + cost, UINT16_MAX);
	to->tx_frames++;
	to->tx_bytes += f->bytes;
}

static void deliver_to_all(void *ctx, struct net_frame *f)
{
	const struct trip *t = ctx;

	for (uint32_t set = t->to; set;)
		deliver(t, next_port(&set), f);
}

/* To those who take it as it is, then to the others; cut, or summed up, once for all of them. */
static void forward(struct trip *t, struct net_frame *f)
{
	unsigned needs = net_needs(f);
	uint32_t rest = 0;

	for (uint32_t set = t->to; set;) {
		unsigned port = next_port(&set);
		const struct netswitch_port *p = &t->s->ports[port];

		if (needs & ~(p->ends->takes ? p->ends->takes(p->owner) : 0))
			rest |= BIT(port);
		else
			deliver(t, port, f);
	}
	t->to = rest;
	if (!rest)
		return;
	if (f->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		net_segment(f, piece_buffer, deliver_to_all, t);
		return;
	}
	net_fill_csum(f);
	deliver_to_all(t, f);
}

void netswitch_receive(struct netswitch *s, unsigned port, struct net_frame *f, uint64_t now_ns)
{
	struct trip t = {.s = s, .from = port, .now_ns = now_ns};
	struct netswitch_port *p = &s->ports[port];
	enum netswitch_drop why;

	p->rx_frames++;
	p->rx_bytes += f->bytes;
	age_one(s, now_ns);
	if (!net_check(f) || !is_station(f->data + NET_MAC))
		why = NETSWITCH_BAD;
	else if (!learn(s, port, f->data + NET_MAC, now_ns))
		why = NETSWITCH_SPOOFED;
	else
		why = route(&t, f);
	if (why == NETSWITCH_DROPS)
		forward(&t, f);
	else
		p->drops[why]++;
}

/* ---- ports ---------------------------------------------------------------------- */

void netswitch_init(struct netswitch *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < NETSWITCH_HEADS; i++)
		s->heads[i] = NO_MAC;
}

/* Its place in the table is sure: the others' own addresses leave room for it. */
static int pin(struct netswitch *s, unsigned port, const uint8_t *mac)
{
	struct netswitch_mac *m = find(s, mac);

	if (m && m->is_pinned)
		return -EEXIST;
	if (m)
		forget(s, m);
	add_mac(s, port, mac, true);
	s->pinned |= BIT(port);
	return 0;
}

int netswitch_add(struct netswitch *s, enum netswitch_kind kind, const uint8_t *mac,
		  const struct netswitch_ends *ends, void *owner)
{
	unsigned port;
	int err;

	if (s->used == UINT32_MAX)
		return -ENOSPC;
	port = (unsigned)__builtin_ctz(~s->used);
	s->ports[port] = (struct netswitch_port){.ends = ends, .owner = owner};
	err = mac ? pin(s, port, mac) : 0;
	if (err)
		return err;
	s->used |= BIT(port);
	s->isolated |= kind == NETSWITCH_ISOLATED ? BIT(port) : 0;
	s->uplinks |= kind == NETSWITCH_UPLINK ? BIT(port) : 0;
	return (int)port;
}

void netswitch_remove(struct netswitch *s, unsigned port)
{
	for (unsigned i = 0; i < NETSWITCH_MACS; i++)
		if (s->macs[i].is_used && s->macs[i].port == port)
			forget(s, &s->macs[i]);
	s->used &= ~BIT(port);
	s->isolated &= ~BIT(port);
	s->uplinks &= ~BIT(port);
	s->pinned &= ~BIT(port);
}
