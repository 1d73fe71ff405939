/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Ethernet switch between guests and real cards. It learns who is where,
 * brings each frame into the form its receiver takes, and keeps one sender from
 * costing the others more than its share. Time is passed in; nothing waits.
 *
 * Who may send to whom:
 *	from a port	to another port		to an isolated port	to an uplink
 *	ordinary	yes			no			yes
 *	isolated	no			no			yes
 *	uplink		yes			yes			no: nothing here breaks
 *loops
 *
 * VLAN tags are carried, not looked at. Frames for 01-80-C2-00-00-0X stay on
 * their link (802.1Q-2014, 8.6.3): a guest cannot pause or reshape the network.
 */
#ifndef GATEHOUSE_CORE_NETSWITCH_H
#define GATEHOUSE_CORE_NETSWITCH_H

#include "core/net_frame.h"

#define NETSWITCH_PORTS 32u
#define NETSWITCH_MACS  256u
#define NETSWITCH_HEADS 64u

/* What is behind a port. */
struct netswitch_ends {
	/* Takes a copy of the frame, which is as takes() wants it. False: it had no room. */
	bool (*send)(void *owner, const struct net_frame *f);
	/* NET_TAKES_* bits. NULL: none. */
	unsigned (*takes)(const void *owner);
	/* Frames of NET_FRAME_MAX it could take now. NULL: unknown, senders are not kept apart. */
	unsigned (*room)(const void *owner);
};

/* Why a frame was dropped. All but the last two are counted at the sender's port. */
enum netswitch_drop {
	NETSWITCH_BAD,     /* its source is no address of a station, or its size is wrong */
	NETSWITCH_SPOOFED, /* its source is not the port's own, or is another port's */
	NETSWITCH_DENIED,  /* for a port it may not reach, or an address of the link's own */
	NETSWITCH_NOWHERE, /* nobody is there, or the receiver is on the side it came from */
	NETSWITCH_STORM,   /* too many went to all ports, or too large for that */
	NETSWITCH_FULL,    /* the receiver had no room */
	NETSWITCH_SHARE,   /* the receiver's room is short, and the sender had its share */
	NETSWITCH_DROPS
};

struct netswitch_port {
	const struct netswitch_ends *ends;
	void *owner;
	unsigned macs;       /* learned here, or its own */
	uint64_t frames_due; /* flooded frames are paid up to that time, and so is copying them */
	uint64_t copies_due;
	uint32_t room_most;            /* seen so far */
	uint64_t window_ns;            /* when the counts of had[] began */
	uint16_t had[NETSWITCH_PORTS]; /* what each sender got into this port since then */
	uint64_t rx_frames, rx_bytes;  /* from the port into the switch */
	uint64_t tx_frames, tx_bytes;
	uint64_t drops[NETSWITCH_DROPS];
};

struct netswitch_mac {
	uint8_t mac[NET_MAC];
	uint8_t port;
	bool is_used, is_pinned; /* pinned: the port's own, neither ages nor moves */
	uint16_t next;           /* in its chain, NETSWITCH_MACS at the end */
	uint64_t seen_ns;
};

struct netswitch {
	uint32_t used, isolated, uplinks, pinned; /* a bit for each port */
	struct netswitch_port ports[NETSWITCH_PORTS];
	struct netswitch_mac macs[NETSWITCH_MACS];
	uint16_t heads[NETSWITCH_HEADS];
	uint16_t hand; /* the address to be looked at next for its age */
};

enum netswitch_kind { NETSWITCH_ORDINARY, NETSWITCH_ISOLATED, NETSWITCH_UPLINK };

void netswitch_init(struct netswitch *s);

/*
 * A new port; its number, or -ENOSPC, or -EEXIST if the address is another
 * port's own. mac: the one address its frames may come from, and the only one it
 * gets single frames for; NULL: any, up to 64 are learned.
 */
int netswitch_add(struct netswitch *s, enum netswitch_kind kind, const uint8_t *mac,
		  const struct netswitch_ends *ends, void *owner);
void netswitch_remove(struct netswitch *s, unsigned port);

/*
 * A frame comes in at a port and goes where it belongs before this returns. The
 * checksum may be filled in on the way. now_ns never goes back.
 */
void netswitch_receive(struct netswitch *s, unsigned port, struct net_frame *f, uint64_t now_ns);

#endif
