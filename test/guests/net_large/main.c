/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP segments of nearly 64 KiB: whole where the receiver takes them, else cut and summed up. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: net=lan,mac=02:00:00:00:00:01 */
/* peer: net_large net=lan,mac=02:00:00:00:00:02 -- peer */
/* cases: 4 */
#include "test/guests/lib/gnet.h"

#define SENDS    (1ull << VIRTIO_NET_F_CSUM | 1ull << VIRTIO_NET_F_HOST_TSO4)
#define RECEIVES (1ull << VIRTIO_NET_F_GUEST_CSUM | 1ull << VIRTIO_NET_F_GUEST_TSO4)
#define IP       ETH_HLEN
#define TCP      (IP + 20u)
#define PAYLOAD  (TCP + 20u)
#define BYTES    65000u
#define MSS      1460u
#define ROUNDS   8u
#define SEQ      0xFFFFC000u /* wraps on the way */

static struct gnet g;
static struct gnet_frame f;

static void put16(uint32_t at, uint32_t value)
{
	f.data[at] = value >> 8;
	f.data[at + 1] = value;
}

static uint32_t get16(uint32_t at)
{
	return (uint32_t)f.data[at] << 8 | f.data[at + 1];
}

/* The ones' complement sum of RFC 1071, folded. */
static uint32_t sum(uint32_t from, uint32_t to, uint32_t start)
{
	uint32_t total = start;

	for (uint32_t at = from; at + 1 < to; at += 2)
		total += get16(at);
	if ((to - from) & 1)
		total += (uint32_t)f.data[to - 1] << 8;
	while (total >> 16)
		total = (total & 0xFFFF) + (total >> 16);
	return total;
}

/* Addresses, protocol and length of TCP. */
static uint32_t pseudo_sum(void)
{
	return sum(IP + 12, IP + 20, 6 + f.bytes - TCP);
}

static uint8_t payload(uint32_t seq)
{
	return (uint8_t)((seq - SEQ) * 13 + ((seq - SEQ) >> 9));
}

static void make_segment(void)
{
	gnet_make(&g, &f, 2, GNET_RAW, 0, PAYLOAD + BYTES);
	memset(f.data + IP, 0, PAYLOAD - IP);
	put16(12, ETH_P_IP);
	f.data[IP] = 0x45;
	put16(IP + 2, 40 + BYTES);
	f.data[IP + 8] = 64; /* TTL */
	f.data[IP + 9] = 6;  /* TCP */
	put16(IP + 12, 10 << 8);
	put16(IP + 14, 1);
	put16(IP + 16, 10 << 8);
	put16(IP + 18, 2);
	put16(IP + 10, ~sum(IP, TCP, 0));
	put16(TCP + 4, SEQ >> 16);
	put16(TCP + 6, SEQ & 0xFFFF);
	f.data[TCP + 12] = 5 << 4;
	f.data[TCP + 13] = 0x18; /* ACK, PSH */
	put16(TCP + 16, pseudo_sum());
	for (uint32_t n = 0; n < BYTES; n++)
		f.data[PAYLOAD + n] = payload(SEQ + n);
	f.header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f.header.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	f.header.hdr_len = PAYLOAD;
	f.header.gso_size = MSS;
	f.header.csum_start = TCP;
	f.header.csum_offset = 16;
}

/* One frame of a segment; returns its payload bytes. */
static uint32_t check_piece(uint32_t got)
{
	bool is_cut = test_case() & 2;
	uint32_t seq = get16(TCP + 4) << 16 | get16(TCP + 6), bytes = f.bytes - PAYLOAD;

	CHECK(f.bytes > PAYLOAD && get16(12) == ETH_P_IP, "a frame of %u bytes, type 0x%x", f.bytes,
	      get16(12));
	CHECK(get16(IP + 2) == 40 + bytes, "IP length %u, %u bytes", get16(IP + 2), bytes);
	CHECK(sum(IP, TCP, 0) == 0xFFFF, "IP checksum");
	CHECK(seq == SEQ + got, "sequence number 0x%x, not 0x%x", seq, SEQ + got);
	for (uint32_t n = 0; n < bytes; n++)
		CHECK(f.data[PAYLOAD + n] == payload(seq + n), "byte %u is wrong", got + n);
	if (is_cut) {
		CHECK(f.bytes <= 1514, "%u bytes for one who takes no large frames", f.bytes);
		CHECK(!f.header.gso_type && !(f.header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM),
		      "an offload nobody asked for");
		CHECK(sum(TCP, f.bytes, pseudo_sum()) == 0xFFFF, "TCP checksum at %u", got);
		CHECK(!(f.data[TCP + 13] & 8) == (got + bytes < BYTES), "PSH at %u", got);
	} else {
		CHECK(bytes == BYTES && f.header.gso_type == VIRTIO_NET_HDR_GSO_TCPV4 &&
			      f.header.gso_size == MSS,
		      "%u bytes, offload %u of %u", bytes, f.header.gso_type, f.header.gso_size);
	}
	return bytes;
}

static void receive_segments(void)
{
	for (uint32_t got = 0;; set_deadline(GVIRTIO_PATIENCE_NS)) {
		CHECK(gnet_receive(&g, &f), "after %u bytes nothing more comes", got);
		if (gnet_kind_of(&f) == GNET_END)
			return;
		if (gnet_kind_of(&f) == GNET_RAW)
			got += check_piece(got);
		if (got && got < BYTES)
			continue;
		/* Tells the sender to go on. */
		gnet_make(&g, &f, 1, GNET_ECHO, got, 60);
		gnet_send(&g, &f);
		got = 0;
	}
}

void test_main(void)
{
	bool is_peer = boot_has_word("peer");

	gnet_open(&g, 0, is_peer ? (test_case() & 2 ? 0 : RECEIVES) : SENDS);
	set_deadline(GVIRTIO_PATIENCE_NS);
	if (is_peer) {
		receive_segments();
		return;
	}
	CHECK((g.d.features & SENDS) == SENDS, "features 0x%x", (uint32_t)g.d.features);
	gnet_hello(&g, 2);
	for (unsigned n = 0; n < ROUNDS; n++) {
		make_segment();
		gnet_send(&g, &f);
		set_deadline(GVIRTIO_PATIENCE_NS);
		do
			CHECK(gnet_receive(&g, &f), "segment %u does not come through", n);
		while (gnet_number_of(&f) == 0);
		CHECK(gnet_number_of(&f) == BYTES, "%u bytes came", gnet_number_of(&f));
	}
	gnet_end(&g, 2);
}
