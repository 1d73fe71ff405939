/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks frames, and does the work their senders left: checksums, cutting TCP segments. */
#include "core/net_frame.h"

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/virtio_net.h>

#include "core/lib.h"
#include "core/util.h"

/* Offsets within headers, and the bits of TCP's flags byte (RFC 791, 8200, 9293, 3168). */
enum {
	ETH_TYPE = 12,
	IP4_TOTAL = 2,
	IP4_ID = 4,
	IP4_FRAGMENT = 6,
	IP4_PROTOCOL = 9,
	IP4_CSUM = 10,
	IP4_BYTES = 20,
	IP6_PAYLOAD = 4,
	IP6_NEXT = 6,
	IP6_BYTES = 40,
	TCP_SEQ = 4,
	TCP_DATA = 12,
	TCP_FLAGS = 13,
	TCP_CSUM = 16,
	TCP_BYTES = 20,
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_CWR = 0x80,
};

typedef uint32_t __attribute__((may_alias, aligned(1))) word_t;
typedef uint16_t __attribute__((may_alias, aligned(1))) half_t;

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t value)
{
	*(half_t *)p = __builtin_bswap16((uint16_t)value);
}

/*
 * The Internet checksum's sum, folded, over the bytes as they lie: it does not
 * depend on the order of bytes in a word (RFC 1071, 2 (B)).
 */
static uint16_t sum(const uint8_t *p, uint32_t bytes)
{
	uint64_t total = 0;
	uint32_t low;

	for (; bytes >= 16; bytes -= 16, p += 16) {
		total += ((const word_t *)p)[0];
		total += ((const word_t *)p)[1];
		total += ((const word_t *)p)[2];
		total += ((const word_t *)p)[3];
	}
	for (; bytes >= 2; bytes -= 2, p += 2)
		total += *(const half_t *)p;
	if (bytes)
		total += *p;
	total = (total >> 32) + (uint32_t)total;
	low = (uint32_t)(total >> 32) + ((uint32_t)total >> 16) + ((uint32_t)total & 0xFFFF);
	low = (low >> 16) + (low & 0xFFFF);
	return (uint16_t)((low >> 16) + low);
}

/* Never 0, which would say "none" in UDP, and is the same number as 0xFFFF. */
static void store_csum(uint8_t *at, uint16_t total)
{
	*(half_t *)at = total == 0xFFFF ? total : (uint16_t)~total;
}

/* Where TCP begins in an IPv4 packet of that many bytes that is one TCP segment; or 0. */
static uint32_t tcp_in_ip4(const uint8_t *ip, uint32_t bytes)
{
	uint32_t header;

	if (bytes < IP4_BYTES)
		return 0;
	header = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || header < IP4_BYTES || get16(ip + IP4_TOTAL) != bytes ||
	    get16(ip + IP4_FRAGMENT) & 0x3FFF || ip[IP4_PROTOCOL] != IPPROTO_TCP)
		return 0;
	return header;
}

/* The same of IPv6: past the extension headers that may stand before TCP in a whole packet. */
static uint32_t tcp_in_ip6(const uint8_t *ip, uint32_t bytes)
{
	uint32_t at = IP6_BYTES;
	uint8_t next;

	if (bytes < IP6_BYTES || ip[0] >> 4 != 6 || get16(ip + IP6_PAYLOAD) != bytes - IP6_BYTES)
		return 0;
	next = ip[IP6_NEXT];
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		if (at + 8 > bytes || at > NET_FRAME_MAX)
			return 0;
		next = ip[at];
		at += (ip[at + 1] + 1u) * 8;
	}
	return next == IPPROTO_TCP ? at : 0;
}

/* Bytes of all headers of a large frame, or 0: it is none. */
static uint32_t large_header(const struct net_frame *f)
{
	const uint8_t *ip = f->data + NET_HEADER;
	uint32_t bytes = f->bytes - NET_HEADER, tcp = 0, header;

	if (f->gso_type == VIRTIO_NET_HDR_GSO_TCPV4 && get16(f->data + ETH_TYPE) == ETH_P_IP)
		tcp = tcp_in_ip4(ip, bytes);
	else if (f->gso_type == VIRTIO_NET_HDR_GSO_TCPV6 && get16(f->data + ETH_TYPE) == ETH_P_IPV6)
		tcp = tcp_in_ip6(ip, bytes);
	if (tcp == 0 || tcp + TCP_BYTES > bytes || !f->needs_csum || f->csum_offset != TCP_CSUM ||
	    f->csum_start != NET_HEADER + tcp)
		return 0;
	header = NET_HEADER + tcp + (ip[tcp + TCP_DATA] >> 4) * 4u;
	if (header < NET_HEADER + tcp + TCP_BYTES || header >= f->bytes || f->gso_size == 0 ||
	    header + f->gso_size > NET_FRAME_MAX ||
	    f->bytes - header > NET_PIECES_MAX * f->gso_size)
		return 0;
	return header;
}

bool net_check(struct net_frame *f)
{
	bool is_large = f->gso_type != VIRTIO_NET_HDR_GSO_NONE;

	f->header_bytes = 0;
	if (f->bytes < NET_HEADER || f->bytes > (is_large ? NET_LARGE_MAX : NET_FRAME_MAX))
		return false;
	if (f->needs_csum && (f->csum_start < NET_HEADER ||
			      f->csum_start + f->csum_offset + sizeof(uint16_t) > f->bytes))
		return false;
	if (is_large)
		f->header_bytes = (uint16_t)large_header(f);
	return !is_large || f->header_bytes;
}

unsigned net_needs(const struct net_frame *f)
{
	unsigned needs = f->needs_csum ? NET_TAKES_CSUM : 0;

	if (f->gso_type == VIRTIO_NET_HDR_GSO_TCPV4)
		needs |= NET_TAKES_TSO4;
	else if (f->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		needs |= NET_TAKES_TSO6;
	return needs;
}

void net_fill_csum(struct net_frame *f)
{
	uint8_t *from = f->data + f->csum_start;

	store_csum(from + f->csum_offset, sum(from, f->bytes - f->csum_start));
	f->needs_csum = false;
}

/* The IP header's length, and in IPv4 the number-th identification and the checksum. */
static void fix_ip(const struct net_frame *f, struct net_frame *p, uint32_t number)
{
	uint8_t *ip = p->data + NET_HEADER;

	if (f->gso_type == VIRTIO_NET_HDR_GSO_TCPV6) {
		put16(ip + IP6_PAYLOAD, p->bytes - NET_HEADER - IP6_BYTES);
		return;
	}
	put16(ip + IP4_TOTAL, p->bytes - NET_HEADER);
	put16(ip + IP4_ID, get16(ip + IP4_ID) + number);
	put16(ip + IP4_CSUM, 0);
	store_csum(ip + IP4_CSUM, sum(ip, f->csum_start - NET_HEADER));
}

/*
 * The TCP header of the piece whose payload begins at `at` in f. The pseudo
 * header's sum, which is in the checksum's place, holds the length of the whole:
 * that is taken out (its complement added), and the piece's put in.
 */
static void fix_tcp(const struct net_frame *f, struct net_frame *p, uint32_t at)
{
	uint8_t *tcp = p->data + f->csum_start, *csum = tcp + TCP_CSUM;
	uint32_t tcp_header = f->csum_start, payload = f->bytes - at, total;
	bool is_first = at == f->header_bytes, is_last = p->bytes - f->header_bytes == payload;

	*(word_t *)(tcp + TCP_SEQ) = __builtin_bswap32(
		__builtin_bswap32(*(word_t *)(tcp + TCP_SEQ)) + at - f->header_bytes);
	if (!is_first)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
	if (!is_last)
		tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	total = get16(csum) + (uint16_t) ~(f->bytes - tcp_header) + (p->bytes - tcp_header);
	total = (total >> 16) + (total & 0xFFFF);
	put16(csum, (total >> 16) + total);
	net_fill_csum(p);
}

bool net_segment(const struct net_frame *f, uint8_t *piece,
		 void (*emit)(void *ctx, struct net_frame *piece), void *ctx)
{
	struct net_frame large = *f, p;
	uint32_t number = 0, n;

	if (f->gso_type == VIRTIO_NET_HDR_GSO_NONE || !net_check(&large))
		return false;
	for (uint32_t at = large.header_bytes; at < large.bytes; at += n) {
		n = MIN(large.gso_size, large.bytes - at);
		p = (struct net_frame){.data = piece,
				       .bytes = large.header_bytes + n,
				       .needs_csum = true,
				       .csum_start = large.csum_start,
				       .csum_offset = large.csum_offset};
		memcpy(piece, large.data, large.header_bytes);
		memcpy(piece + large.header_bytes, large.data + at, n);
		fix_ip(&large, &p, number++);
		fix_tcp(&large, &p, at);
		emit(ctx, &p);
	}
	return true;
}
