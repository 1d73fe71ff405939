/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The card and the protocols of the guest net: Ethernet, ARP, IPv4, ICMP echo. */
#ifndef GATEHOUSE_GUESTS_NET_NET_H
#define GATEHOUSE_GUESTS_NET_NET_H

#include <linux/if_ether.h>
#include <linux/ip.h>

#include "guests/lib/types.h"

#define IP_PACKET   1500u
#define IP_PAYLOAD  (IP_PACKET - (uint32_t)sizeof(struct iphdr))
#define IP_TEXT     16 /* bytes of an address as text */
#define be16(value) __builtin_bswap16(value)
#define be32(value) __builtin_bswap32(value)

/* ---- card.c ------------------------------------------------------------------------ */

extern uint8_t card_mac[ETH_ALEN];

/* Starts the first card; gives up if there is none. */
void card_open(bool is_pci);

/* Where the next frame to be sent is made, ETH_FRAME_LEN bytes; NULL while all are under way, and
 * then there is an interrupt when one has left. Its bytes 14 and up are 4-byte aligned. */
uint8_t *card_tx(void);

/* Sends what was made there; the rest up to the shortest frame becomes zeros. The card may learn of
 * it only at the next card_flush(). */
void card_send(uint32_t bytes);
void card_flush(void);

/* The next frame that came, or NULL. It stays until the next call. Aligned as above. */
const uint8_t *card_receive(uint32_t *bytes);

/* ---- ip.c ---------------------------------------------------------------------------- */

/* All addresses in network order. gateway 0: there is none. */
struct net {
	uint32_t address, mask, gateway;
	/* What came and was dropped: not for us or of no kind we know; broken. */
	uint32_t ignored, broken;
};

extern struct net net;

/* A frame from the card: any bytes at all. */
void net_input(const uint8_t *frame, uint32_t bytes);

/* Where the payload of a packet to `to` is made, IP_PAYLOAD bytes, 4-byte aligned. NULL: not now;
 * the card is full, or who has the address is being asked. */
void *ip_packet(uint32_t to, uint8_t protocol);

/* Sends what was made there. */
void ip_send(uint32_t payload_bytes);

/* The internet checksum (RFC 1071), in network order: 0 of data that contains its own. `sum` is
 * what else is in it, from ip_pseudo_sum() or 0. */
uint16_t ip_checksum(const void *data, uint32_t bytes, uint32_t sum);

/* Of the pseudo header of TCP (RFC 793, 3.1). */
uint32_t ip_pseudo_sum(uint32_t from, uint32_t to, uint8_t protocol, uint32_t bytes);

/* "10.0.0.1" into text, which it returns; and back: false if it is none. *end: what follows. */
char *ip_text(char text[IP_TEXT], uint32_t address);
bool ip_parse(const char *text, uint32_t *address, const char **end);

/* ---- ping.c ------------------------------------------------------------------------- */

struct ping {
	uint32_t to, count; /* count 0: for ever */
	uint64_t period_ns;
	uint32_t sent, answered;
	uint64_t sent_ns, next_ns, min_ns, max_ns, sum_ns;
	bool is_waiting; /* for the answer to the last one */
};

extern struct ping ping;

/* Sends what is due; returns when to be called again, ~0: never. */
uint64_t ping_work(uint64_t now);

/* True when `count` were sent and answered, or not; what came of it was printed. */
bool ping_is_done(void);

/* An ICMP packet's payload, from an address to us, its checksum not looked at. */
void icmp_input(uint32_t from, const uint8_t *data, uint32_t bytes);

#endif
