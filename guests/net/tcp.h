/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP (RFC 793) as far as a stream in one direction and a short answer need it. */
#ifndef GATEHOUSE_GUESTS_NET_TCP_H
#define GATEHOUSE_GUESTS_NET_TCP_H

#include "guests/net/net.h"

#define TCP_BUFFER 65536u /* bytes sent and not acknowledged yet, at most; a power of 2 */

struct tcp;

/* Who uses a connection; each may be NULL. */
struct tcp_user {
	void (*opened)(struct tcp *t);
	void (*received)(struct tcp *t, const uint8_t *data, uint32_t bytes);
	/* There may be room for more: see tcp_put(). */
	void (*refill)(struct tcp *t);
	/* The peer will send no more. */
	void (*peer_done)(struct tcp *t);
	/* It is over; why: NULL if both sides closed it. */
	void (*closed)(struct tcp *t, const char *why);
};

enum tcp_state { TCP_CLOSED, TCP_SYN_SENT, TCP_SYN_RECEIVED, TCP_OPEN, TCP_TIME_WAIT };

/* Addresses and ports in network order, sequence numbers in the machine's. */
struct tcp {
	const struct tcp_user *user;
	enum tcp_state state;
	uint32_t peer;
	uint16_t peer_port, port;
	bool is_listening; /* takes whoever calls its port while it is closed */

	/* Sent and not acknowledged from una to top; the next to be sent is nxt, <= top after a
	 * loss; what there is to send ends at end, where the FIN is if closing. */
	uint32_t una, nxt, top, end, window, mss;
	bool is_closing;
	unsigned same_acks; /* in a row */
	uint32_t recover; /* what was sent when a loss was noticed; up to there holes are filled */
	bool has_hole;    /* the segment at una is to be sent anew */
	/* So much may be under way, whatever the window; how far that grows fast (RFC 5681, 3.1).
	 */
	uint32_t most, threshold;
	uint64_t resend_ns;  /* when una is sent anew, 0: nothing is under way */
	uint64_t timeout_ns; /* doubles with each resending */
	unsigned resent;     /* in a row */

	uint32_t rcv_nxt, not_acked; /* bytes received since the last acknowledgement */
	bool ack_is_due, peer_is_done;
	uint64_t heard_ns;

	uint32_t resendings; /* all of them */
	uint8_t buffer[TCP_BUFFER];
};

/* These take part: a listening one, a calling one. */
#define TCP_CONNECTIONS 2u
extern struct tcp tcp_connections[TCP_CONNECTIONS];

/* Calls; opened() or closed() follows. */
void tcp_connect(struct tcp *t, uint32_t peer, uint16_t peer_port, uint16_t port);

/* Where the next bytes to be sent are put and how many there fit in one piece; then so many are. */
uint8_t *tcp_room(struct tcp *t, uint32_t *bytes);
void tcp_put(struct tcp *t, uint32_t bytes);

/* No more is to be sent. */
void tcp_close(struct tcp *t);

/* A packet's payload, from an address to us; any bytes at all. */
void tcp_input(uint32_t from, const uint8_t *data, uint32_t bytes);

/* Sends what can be sent and what is due; returns when to be called again, ~0: never. */
uint64_t tcp_work(struct tcp *t, uint64_t now);

/* Between tcp.c and tcp_out.c. Half of what is under way was too much. */
void tcp_slow_down(struct tcp *t);

/* Forgets the connection, and tells its user. */
void tcp_end(struct tcp *t, const char *why);

/* One segment; false if it could not be sent now. */
enum { TCP_SYN = 1, TCP_FIN = 2 };
bool tcp_send(struct tcp *t, uint32_t seq, unsigned flags, uint32_t bytes);
bool tcp_send_ack(struct tcp *t);

/* A reset to who sent this segment, which needs none for a reset. */
void tcp_refuse(uint32_t to, const uint8_t *segment, uint32_t payload_bytes);

#endif
