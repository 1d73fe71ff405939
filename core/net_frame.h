/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Ethernet frame on its way, with the work its sender left to others. */
#ifndef GATEHOUSE_CORE_NET_FRAME_H
#define GATEHOUSE_CORE_NET_FRAME_H

#include "core/types.h"

#define NET_MAC        6u
#define NET_HEADER     14u    /* destination, source, type */
#define NET_FRAME_MAX  1514u  /* without what is left to others */
#define NET_LARGE_MAX  65550u /* a TCP segment that is still to be cut: 14 + 65536 */
#define NET_PIECES_MAX 128u   /* that a large frame may come to: MSS 536 is fine */

/* What a receiver can do without. */
#define NET_TAKES_CSUM 1u /* frames without their TCP or UDP checksum */
#define NET_TAKES_TSO4 2u /* frames larger than NET_FRAME_MAX, TCP over IPv4 */
#define NET_TAKES_TSO6 4u

struct net_frame {
	uint8_t *data;
	uint32_t bytes; /* NET_HEADER and more, at most NET_LARGE_MAX */
	/* The checksum over [csum_start, bytes) is still to be stored at csum_start + csum_offset.
	 */
	bool needs_csum;
	uint16_t csum_start, csum_offset; /* within the frame: whoever makes it has checked */
	uint8_t gso_type;                 /* VIRTIO_NET_HDR_GSO_*: NONE, TCPV4, TCPV6 */
	uint16_t gso_size;     /* payload bytes of each piece; not 0 if it is to be cut */
	uint16_t header_bytes; /* of all headers together, if it is to be cut */
};

/*
 * Whether the frame can be what it says it is; header_bytes is set from its
 * contents. A large one must be one TCP segment over IPv4 or IPv6 without a
 * VLAN tag, with lengths that agree and pieces that fit NET_FRAME_MAX.
 */
bool net_check(struct net_frame *f);

/* NET_TAKES_* bits a receiver must have for the frame as it is. */
unsigned net_needs(const struct net_frame *f);

/*
 * Stores the checksum that was left out. The sum of the pseudo header is in its
 * place already (virtio 1.0, 5.1.6.2).
 */
void net_fill_csum(struct net_frame *f);

/*
 * Cuts a large TCP frame into frames of at most NET_FRAME_MAX bytes with
 * checksums, one after the other in piece (NET_FRAME_MAX bytes), and hands each
 * to emit(). A frame that is not what it says it is comes to nothing: false.
 */
bool net_segment(const struct net_frame *f, uint8_t *piece,
		 void (*emit)(void *ctx, struct net_frame *piece), void *ctx);

#endif
