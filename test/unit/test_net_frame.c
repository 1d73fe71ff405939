/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves checksums and cut TCP segments against a slow model and frames computed elsewhere. */
/* unit-sources: core/net_frame.c */
#include "core/net_frame.h"

#include <stdlib.h>

#include "core/util.h"
#include "test/unit/net_packets.h"
#include "test/unit/unit.h"

static uint8_t large[NET_LARGE_MAX], piece[NET_FRAME_MAX], joined[NET_LARGE_MAX];
static struct unit_random source = {77};

static void fill_large(void)
{
	for (uint32_t i = 0; i < NET_LARGE_MAX; i++)
		large[i] = (uint8_t)unit_random(&source);
}

/* ---- checksums ------------------------------------------------------------------ */

static void test_csum_of_every_length_and_place(void **state)
{
	fill_large();
	for (uint32_t bytes = 16; bytes < 300; bytes++)
		for (uint32_t start = 14; start + 2 <= bytes; start += 1 + bytes / 20) {
			uint32_t offset = (uint32_t)unit_random(&source) % (bytes - start - 1);
			struct net_frame f = {.data = large,
					      .bytes = bytes,
					      .needs_csum = true,
					      .csum_start = (uint16_t)start,
					      .csum_offset = (uint16_t)(offset & ~1u)};
			uint8_t *at = large + start + (offset & ~1u);
			uint32_t want = ~slow_sum(0, large + start, bytes - start) & 0xFFFF;

			assert_true(net_check(&f));
			net_fill_csum(&f);
			assert_false(f.needs_csum);
			assert_int_equal(be(at, 2), want ? want : 0xFFFF);
		}
}

/* Many carries: all words 0xFFFF, and one byte more. */
static void test_csum_of_the_largest_sum(void **state)
{
	struct net_frame f = {large, NET_FRAME_MAX - 1, true, 14, 16, GSO_NONE, 0, 0};

	memset(large, 0xFF, sizeof(large));
	put_be(large + 30, 2, 0x1234);
	net_fill_csum(&f);
	put_be(joined, 2, be(large + 30, 2));
	put_be(large + 30, 2, 0x1234);
	assert_int_equal(be(joined, 2), ~slow_sum(0, large + 14, f.bytes - 14) & 0xFFFF);
}

/* UDP: 0 would mean that there is none (RFC 768). */
static void test_csum_is_never_0(void **state)
{
	struct net_frame f = {large, 44, true, 34, 6, GSO_NONE, 0, 0};

	memset(large, 0, 44);
	put_be(large + 40, 2, 0xFFFF);
	net_fill_csum(&f);
	assert_int_equal(be(large + 40, 2), 0xFFFF);
}

/* A DNS query; a script of its own computed the sums. */
static void test_golden_udp(void **state)
{
	static const uint8_t golden[] = {
		0x52, 0x54, 0x00, 0x00, 0x00, 0x02, 0x52, 0x54, 0x00, 0x00, 0x00, 0x01,
		0x08, 0x00, 0x45, 0x00, 0x00, 0x39, 0x00, 0x07, 0x40, 0x00, 0x40, 0x11,
		0xab, 0x52, 0xc0, 0xa8, 0x07, 0x01, 0xc0, 0xa8, 0x07, 0x09, 0x9c, 0x40,
		0x00, 0x35, 0x00, 0x25, 0x58, 0x98, 0xab, 0xcd, 0x01, 0x00, 0x00, 0x01,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x65, 0x78, 0x61, 0x6d, 0x70,
		0x6c, 0x65, 0x03, 0x63, 0x6f, 0x6d, 0x00, 0x00, 0x01, 0x00, 0x01,
	};
	struct net_frame f = {large, sizeof(golden), true, 34, 6, GSO_NONE, 0, 0};

	memcpy(large, golden, sizeof(golden));
	put_be(large + 40, 2, pseudo_sum(large + 14, 17, sizeof(golden) - 34));
	net_fill_csum(&f);
	assert_memory_equal(large, golden, sizeof(golden));
}

/* ---- pieces --------------------------------------------------------------------- */

/* What is expected of the pieces, and how far they have come. */
struct expected {
	const struct net_frame *f;
	uint32_t payload, count;
};

static void check_ip(const struct net_frame *f, const struct net_frame *p, uint32_t number)
{
	const uint8_t *ip = p->data + 14;
	uint32_t header = f->csum_start - 14u;

	if (f->gso_type == GSO_TCPV6) {
		assert_int_equal(be(ip + 4, 2), p->bytes - 54);
		assert_memory_equal(p->data, f->data, 18);
		assert_memory_equal(ip + 6, f->data + 20, header - 6);
		return;
	}
	assert_int_equal(be(ip + 2, 2), p->bytes - 14);
	assert_int_equal(be(ip + 4, 2), (be(f->data + 18, 2) + number) & 0xFFFF);
	assert_int_equal(slow_sum(0, ip, header), 0xFFFF);
	assert_memory_equal(p->data, f->data, 16);
	assert_memory_equal(ip + 6, f->data + 20, 4);
	assert_memory_equal(ip + 12, f->data + 26, header - 12);
}

static void check_piece(void *ctx, struct net_frame *p)
{
	struct expected *e = ctx;
	const struct net_frame *f = e->f;
	uint32_t at = f->csum_start, header = at + (f->data[at + 12] >> 4) * 4u;
	uint32_t n = MIN(f->gso_size, f->bytes - header - e->payload);
	bool is_last = header + e->payload + n == f->bytes;

	assert_false(p->needs_csum);
	assert_int_equal(p->gso_type, GSO_NONE);
	assert_int_equal(p->bytes, header + n);
	assert_true(p->bytes <= NET_FRAME_MAX);
	check_ip(f, p, e->count);
	assert_int_equal(be(p->data + at + 4, 4), be(f->data + at + 4, 4) + e->payload);
	assert_int_equal(p->data[at + 13] & 0x80, e->count ? 0 : 0x80);
	assert_int_equal(p->data[at + 13] & 0x09, is_last ? 0x09 : 0);
	assert_int_equal(p->data[at + 13] & 0x76, f->data[at + 13] & 0x76);
	assert_memory_equal(p->data + at + 18, f->data + at + 18, header - at - 18);
	assert_true(csum_is_right(p->data, p->bytes, at, 6));
	memcpy(joined + e->payload, p->data + header, n);
	e->payload += n;
	e->count++;
}

static void check_cut(const struct net_frame *f)
{
	struct expected e = {.f = f};
	uint32_t header = f->csum_start + (f->data[f->csum_start + 12] >> 4) * 4u;

	assert_true(net_segment(f, piece, check_piece, &e));
	assert_int_equal(e.payload, f->bytes - header);
	assert_int_equal(e.count, (e.payload + f->gso_size - 1) / f->gso_size);
	assert_memory_equal(joined, f->data + header, e.payload);
}

static void test_pieces_of_random_segments(void **state)
{
	for (unsigned round = 0; round < 400; round++) {
		uint64_t r = unit_random(&source);
		unsigned type = r & 1 ? GSO_TCPV4 : GSO_TCPV6, more = (r >> 1 & 3) * 8,
			 options = (r >> 3 & 3) * 4, header = (r & 1 ? 54 : 74) + more + options;
		uint32_t payload = 1 + (uint32_t)(r >> 8) % (round & 1 ? 65000 : 3000);
		unsigned least = (payload + 127) / 128, most = NET_FRAME_MAX - header;
		struct net_frame f;

		fill_large();
		put_tcp(&f, large, type, header + payload, more, options,
			least + (unsigned)(r >> 40) % (most - least + 1));
		assert_true(net_check(&f));
		assert_int_equal(f.header_bytes, header);
		check_cut(&f);
	}
}

static void test_the_largest(void **state)
{
	struct net_frame f;

	fill_large();
	put_tcp(&f, large, GSO_TCPV4, 14 + 65535, 0, 12, 1448);
	check_cut(&f);
	put_tcp(&f, large, GSO_TCPV6, NET_LARGE_MAX, 0, 12, 1428);
	check_cut(&f);
}

static void keep_piece(void *ctx, struct net_frame *p)
{
	uint32_t *bytes = ctx;

	memcpy(joined + *bytes, p->data, p->bytes);
	*bytes += p->bytes;
}

/* 25 bytes in pieces of 10, all bytes of all three frames as a script has them. */
static void test_golden_pieces(void **state)
{
	static const uint8_t golden_large[] = {
		0x52, 0x54, 0x00, 0x00, 0x00, 0x02, 0x52, 0x54, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00,
		0x45, 0x00, 0x00, 0x41, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x99, 0x28, 0xc0, 0xa8,
		0x07, 0x01, 0xc0, 0xa8, 0x07, 0x09, 0x03, 0xe8, 0x00, 0x50, 0xff, 0xff, 0xff, 0xf5,
		0x11, 0x22, 0x33, 0x44, 0x50, 0x99, 0x20, 0x00, 0x8f, 0x8e, 0x00, 0x00, 0x61, 0x62,
		0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
		0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79,
	};
	static const uint8_t golden_pieces[] = {
		0x52, 0x54, 0x00, 0x00, 0x00, 0x02, 0x52, 0x54, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00,
		0x45, 0x00, 0x00, 0x32, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x99, 0x37, 0xc0, 0xa8,
		0x07, 0x01, 0xc0, 0xa8, 0x07, 0x09, 0x03, 0xe8, 0x00, 0x50, 0xff, 0xff, 0xff, 0xf5,
		0x11, 0x22, 0x33, 0x44, 0x50, 0x90, 0x20, 0x00, 0xbc, 0x5b, 0x00, 0x00, 0x61, 0x62,
		0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x52, 0x54, 0x00, 0x00, 0x00, 0x02,
		0x52, 0x54, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x32, 0x12, 0x35,
		0x40, 0x00, 0x40, 0x06, 0x99, 0x36, 0xc0, 0xa8, 0x07, 0x01, 0xc0, 0xa8, 0x07, 0x09,
		0x03, 0xe8, 0x00, 0x50, 0xff, 0xff, 0xff, 0xff, 0x11, 0x22, 0x33, 0x44, 0x50, 0x10,
		0x20, 0x00, 0x8a, 0x9f, 0x00, 0x00, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72,
		0x73, 0x74, 0x52, 0x54, 0x00, 0x00, 0x00, 0x02, 0x52, 0x54, 0x00, 0x00, 0x00, 0x01,
		0x08, 0x00, 0x45, 0x00, 0x00, 0x2d, 0x12, 0x36, 0x40, 0x00, 0x40, 0x06, 0x99, 0x3a,
		0xc0, 0xa8, 0x07, 0x01, 0xc0, 0xa8, 0x07, 0x09, 0x03, 0xe8, 0x00, 0x50, 0x00, 0x00,
		0x00, 0x09, 0x11, 0x22, 0x33, 0x44, 0x50, 0x19, 0x20, 0x00, 0x51, 0xd5, 0x00, 0x00,
		0x75, 0x76, 0x77, 0x78, 0x79,
	};
	struct net_frame f = {large, sizeof(golden_large), true, 34, 16, GSO_TCPV4, 10, 54};
	uint32_t bytes = 0;

	memcpy(large, golden_large, sizeof(golden_large));
	assert_true(net_segment(&f, piece, keep_piece, &bytes));
	assert_int_equal(bytes, sizeof(golden_pieces));
	assert_memory_equal(joined, golden_pieces, bytes);
}

/* ---- frames that are not what they say -------------------------------------------- */

static void no_piece(void *ctx, struct net_frame *p)
{
	fail();
}

static void check_refused(struct net_frame f)
{
	assert_false(net_check(&f));
	assert_false(net_segment(&f, piece, no_piece, NULL));
}

/* One byte of the frame changed: each of these makes it something else. */
static void check_bytes_refused(struct net_frame f, const uint16_t (*changes)[2], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t was = f.data[changes[i][0]];

		f.data[changes[i][0]] = (uint8_t)changes[i][1];
		check_refused(f);
		f.data[changes[i][0]] = was;
	}
	assert_true(net_check(&f));
}

static void test_bad_contents(void **state)
{
	static const uint16_t ip4[][2] = {{12, 0x81}, {13, 1},  {14, 0x44}, {14, 0x46},
					  {14, 0x65}, {16, 1},  {17, 0xFF}, {20, 0x20},
					  {21, 1},    {23, 17}, {46, 0x40}, {46, 0xF0}};
	static const uint16_t ip6[][2] = {{12, 0x08}, {14, 0x45}, {18, 1}, {20, 17},  {20, 44},
					  {54, 17},   {54, 0},    {55, 0}, {55, 255}, {82, 0x40}};
	struct net_frame f;

	put_tcp(&f, large, GSO_TCPV4, 90, 0, 0, 20);
	check_bytes_refused(f, ip4, ARRAY_SIZE(ip4));
	put_tcp(&f, large, GSO_TCPV6, 140, 16, 0, 20);
	check_bytes_refused(f, ip6, ARRAY_SIZE(ip6));
}

#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		struct net_frame g = f;                                                            \
		g.field = value;                                                                   \
		check_refused(g);                                                                  \
	} while (0)

static void test_bad_headers(void **state)
{
	struct net_frame f;

	put_tcp(&f, large, GSO_TCPV4, 2000, 0, 0, 1000);
	assert_true(net_check(&f));
	REFUSED(needs_csum, false);
	REFUSED(csum_start, 35);
	REFUSED(csum_start, 0xFFFF);
	REFUSED(csum_offset, 6);
	REFUSED(csum_offset, 0xFFFF);
	REFUSED(gso_type, GSO_UDP);
	REFUSED(gso_type, GSO_TCPV6);
	REFUSED(gso_type, GSO_TCPV4 | 0x80);
	REFUSED(gso_size, 0);
	REFUSED(gso_size, 1461);
	REFUSED(gso_size, 0xFFFF);
	REFUSED(gso_size, (2000 - 54) / 128);
	REFUSED(bytes, 1999);
	for (uint32_t bytes = 0; bytes <= 54; bytes++)
		REFUSED(bytes, bytes);
	REFUSED(bytes, NET_LARGE_MAX + 1);
	REFUSED(gso_type, GSO_NONE); /* 2000 bytes are too many then */
}

/* Found by fuzz_net_frame: byte 14 of a frame that has 14 was looked at. */
static void test_short_large_frames_are_not_read_beyond(void **state)
{
	for (uint32_t n = 2 * 14; n < 2 * 90; n++) {
		struct net_frame f;

		put_tcp(&f, large, n & 1 ? GSO_TCPV4 : GSO_TCPV6, 90, 0, 0, 10);
		f.bytes = n / 2;
		f.needs_csum = false; /* or it would be refused for that */
		f.data = memcpy(malloc(f.bytes), large, f.bytes);
		check_refused(f);
		free(f.data);
	}
}

static void test_csum_must_lie_inside(void **state)
{
	struct net_frame f = {large, 60, true, 14, 44, GSO_NONE, 0, 0};

	assert_true(net_check(&f));
	f.csum_offset = 45;
	assert_false(net_check(&f));
	f.csum_offset = 0;
	f.csum_start = 13;
	assert_false(net_check(&f));
	f.needs_csum = false;
	assert_true(net_check(&f));
	f.bytes = 13;
	assert_false(net_check(&f));
}

static void test_needs(void **state)
{
	struct net_frame f = {0};

	assert_int_equal(net_needs(&f), 0);
	f.needs_csum = true;
	assert_int_equal(net_needs(&f), NET_TAKES_CSUM);
	f.gso_type = GSO_TCPV4;
	assert_int_equal(net_needs(&f), NET_TAKES_CSUM | NET_TAKES_TSO4);
	f.gso_type = GSO_TCPV6;
	assert_int_equal(net_needs(&f), NET_TAKES_CSUM | NET_TAKES_TSO6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csum_of_every_length_and_place),
		cmocka_unit_test(test_csum_of_the_largest_sum),
		cmocka_unit_test(test_csum_is_never_0),
		cmocka_unit_test(test_golden_udp),
		cmocka_unit_test(test_pieces_of_random_segments),
		cmocka_unit_test(test_the_largest),
		cmocka_unit_test(test_golden_pieces),
		cmocka_unit_test(test_bad_contents),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_short_large_frames_are_not_read_beyond),
		cmocka_unit_test(test_csum_must_lie_inside),
		cmocka_unit_test(test_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
