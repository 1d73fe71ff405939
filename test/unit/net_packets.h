/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames to send, and a slow, plain reading of those that arrive. */
#ifndef GATEHOUSE_TEST_UNIT_NET_PACKETS_H
#define GATEHOUSE_TEST_UNIT_NET_PACKETS_H

#include <stdbool.h>
#include <string.h>

#include "core/net_frame.h"

enum { GSO_NONE = 0, GSO_TCPV4 = 1, GSO_UDP = 3, GSO_TCPV6 = 4 };

static inline uint32_t be(const uint8_t *p, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *p++;
	return value;
}

static inline void put_be(uint8_t *p, unsigned bytes, uint32_t value)
{
	while (bytes--) {
		p[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

/* RFC 1071 as it is told to beginners: 16-bit big-endian words, carries added at once. */
static inline uint32_t slow_sum(uint32_t from, const uint8_t *p, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		from += i & 1 ? p[i] : p[i] << 8;
		from = (from & 0xFFFF) + (from >> 16);
	}
	return from;
}

/* What TCP and UDP begin their sum with: addresses, protocol, length. */
static inline uint32_t pseudo_sum(const uint8_t *ip, unsigned protocol, uint32_t bytes)
{
	uint8_t tail[6] = {0, (uint8_t)protocol};

	put_be(tail + 2, 4, bytes);
	return slow_sum(ip[0] >> 4 == 4 ? slow_sum(0, ip + 12, 8) : slow_sum(0, ip + 8, 32), tail,
			6);
}

/* Whether the checksum of TCP or UDP at `at` is right. */
static inline bool csum_is_right(const uint8_t *frame, uint32_t bytes, uint32_t at,
				 unsigned protocol)
{
	return slow_sum(pseudo_sum(frame + 14, protocol, bytes - at), frame + at, bytes - at) ==
	       0xFFFF;
}

static inline void put_ip4(uint8_t *frame, uint32_t bytes, unsigned options, unsigned protocol)
{
	uint8_t *ip = frame + 14;

	put_be(frame + 12, 2, 0x0800);
	memset(ip, 1, 20 + options);
	ip[0] = (uint8_t)(0x45 + options / 4);
	put_be(ip + 2, 2, bytes - 14);
	put_be(ip + 4, 4, 0xFFFE4000); /* the id soon wraps; do not fragment */
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	put_be(ip + 10, 2, 0);
	put_be(ip + 12, 4, 0x0A000001);
	put_be(ip + 16, 4, 0x0A0000FE);
	put_be(ip + 10, 2, ~slow_sum(0, ip, 20 + options));
}

/* extension: bytes of a destination options header, a multiple of 8. */
static inline void put_ip6(uint8_t *frame, uint32_t bytes, unsigned extension, unsigned protocol)
{
	uint8_t *ip = frame + 14;

	put_be(frame + 12, 2, 0x86DD);
	memset(ip, 0, 40 + extension);
	ip[0] = 0x60;
	put_be(ip + 4, 2, bytes - 54);
	ip[6] = (uint8_t)(extension ? 60 : protocol);
	ip[7] = 64;
	for (unsigned i = 8; i < 40; i++)
		ip[i] = (uint8_t)(i * 37);
	if (extension) {
		ip[40] = (uint8_t)protocol;
		ip[41] = (uint8_t)(extension / 8 - 1);
		ip[42] = 1; /* padding */
		ip[43] = (uint8_t)(extension - 4);
	}
}

/*
 * Makes a TCP frame with the checksum left out; more: bytes of IP options or
 * extension headers; tcp_options: a multiple of 4. The payload is what lies there.
 */
static inline void put_tcp(struct net_frame *f, uint8_t *data, unsigned type, uint32_t bytes,
			   unsigned more, unsigned tcp_options, unsigned gso_size)
{
	uint32_t at = type == GSO_TCPV4 ? 34 + more : 54 + more;
	uint8_t *tcp = data + at;

	if (type == GSO_TCPV4)
		put_ip4(data, bytes, more, 6);
	else
		put_ip6(data, bytes, more, 6);
	put_be(tcp, 4, 0x12345678);      /* ports */
	put_be(tcp + 4, 4, 0xFFFFF000u); /* the sequence number soon wraps */
	put_be(tcp + 8, 4, 0x01020304);
	tcp[12] = (uint8_t)((20 + tcp_options) << 2);
	tcp[13] = 0x99; /* CWR, ACK, PSH, FIN */
	put_be(tcp + 14, 2, 0x1000);
	put_be(tcp + 16, 2, pseudo_sum(data + 14, 6, bytes - at));
	put_be(tcp + 18, 2, 0);
	memset(tcp + 20, 1, tcp_options);
	*f = (struct net_frame){.data = data,
				.bytes = bytes,
				.needs_csum = true,
				.csum_start = (uint16_t)at,
				.csum_offset = 16,
				.gso_type = (uint8_t)(gso_size ? type : GSO_NONE),
				.gso_size = (uint16_t)gso_size};
}

#endif
