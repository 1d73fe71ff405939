/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what a virtio network device receives: into buffers of all shapes, or not at all. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/net.c core/net_frame.c */
#include "test/unit/virtio_net_fixture.h"

/* ---- to the guest --------------------------------------------------------------- */

/* Reads a received frame out of the buffers used from `from` on; gpa_of says where they lie. */
static void check_received(const struct net_frame *f, unsigned from, uint32_t (*gpa_of)(unsigned))
{
	static uint8_t got[sizeof(struct virtio_net_hdr_v1) + NET_LARGE_MAX];
	uint32_t header = header_of(net->device.accepted), bytes = 0;
	struct virtio_net_hdr_v1 h = {.num_buffers = 1};
	unsigned n = used_idx(RX) - from;

	for (unsigned i = 0; i < n; i++) {
		memcpy(got + bytes, memory + gpa_of(used_id(RX, from + i)), used_len(RX, from + i));
		bytes += used_len(RX, from + i);
	}
	memcpy(&h, got, header);
	assert_int_equal(bytes, header + f->bytes);
	assert_memory_equal(got + header, f->data, f->bytes);
	assert_int_equal(h.num_buffers, n);
	assert_int_equal(h.flags, f->needs_csum ? 1 : 0);
	assert_int_equal(h.csum_start, f->csum_start);
	assert_int_equal(h.csum_offset, f->csum_offset);
	assert_int_equal(h.gso_type, f->gso_type);
	assert_int_equal(h.gso_size, f->gso_type ? f->gso_size : 0);
	assert_int_equal(h.hdr_len, f->header_bytes);
}

static uint32_t gpa_2k(unsigned head)
{
	return DATA + head * 2048;
}

static void test_receives_into_single_buffers(void **state)
{
	for (unsigned set = 0; set < ARRAY_SIZE(sets); set++) {
		struct net_frame last = plain(60);
		unsigned heads = 0;

		start(sets[set]);
		for (unsigned i = 0; i < 100; i++)
			heads = offer_rx(heads, gpa_2k(heads), 1526, 1 + i % 3 % 2);
		for (unsigned i = 0; i < 100; i++) {
			struct net_frame f = plain(14 + (uint32_t)unit_random(&source) % 1501);

			assert_int_equal(virtio_net_room(net), 100 - i);
			assert_true(virtio_net_receive(net, &f));
			assert_int_equal(used_idx(RX), i + 1);
			check_received(&f, i, gpa_2k);
		}
		assert_false(virtio_net_receive(net, &last));
	}
	assert_int_equal(net->rx_frames, 600);
	assert_int_equal(net->rx_dropped, 6);
}

static void test_receives_large_frames_in_merged_buffers(void **state)
{
	struct net_frame f = plain(NET_LARGE_MAX);

	start(OFFLOADS | VERSION_1 | F(MRG_RXBUF));
	for (unsigned i = 0; i < 200; i++)
		offer_rx(i, gpa_2k(i), 1536 + i % 5, 1);
	put_tcp(&f, data, GSO_TCPV6, NET_LARGE_MAX, 0, 0, 1400);
	assert_true(net_check(&f));
	assert_true(virtio_net_receive(net, &f));
	assert_int_equal(used_idx(RX), 43);
	assert_int_equal(raised, 1);
	check_received(&f, 0, gpa_2k);
	put_tcp(&f, data, GSO_TCPV4, 1524, 0, 0, 1000); /* exactly one buffer of 1536 */
	assert_true(net_check(&f));
	offer_rx(43, gpa_2k(43), 1536, 1);
	put_desc(RX, 43, gpa_2k(43), 1536, F_WRITE);
	assert_true(virtio_net_receive(net, &f));
	check_received(&f, 43, gpa_2k);
	assert_int_equal(used_idx(RX), 44);
}

static uint32_t gpa_64k(unsigned head)
{
	return DATA + head * 2048; /* 36 heads a buffer */
}

/* As drivers without MRG_RXBUF do: 64 KiB and more in pages. */
static void test_receives_large_frames_in_one_chain(void **state)
{
	struct net_frame f = plain(60000);

	start(OFFLOADS);
	offer_rx(0, gpa_64k(0), 10, 1);
	put_desc(RX, 0, gpa_64k(0), 10, F_WRITE | F_NEXT);
	for (unsigned i = 1; i < 18; i++)
		put_desc(RX, i, gpa_64k(0) + 10 + 4096 * (i - 1), 4096,
			 F_WRITE | (i < 17 ? F_NEXT : 0));
	put_tcp(&f, data, GSO_TCPV4, 60000, 0, 0, 1400);
	assert_true(net_check(&f));
	assert_true(virtio_net_receive(net, &f));
	assert_int_equal(used_idx(RX), 1);
	check_received(&f, 0, gpa_64k);
}

/* Nothing is used up by a frame that does not fit, and what follows finds the buffers again. */
static void test_a_frame_that_does_not_fit(void **state)
{
	struct net_frame f = plain(NET_LARGE_MAX);

	start(OFFLOADS | VERSION_1 | F(MRG_RXBUF));
	for (unsigned i = 0; i < 42; i++)
		offer_rx(i, gpa_2k(i), 1536, 1);
	put_tcp(&f, data, GSO_TCPV6, NET_LARGE_MAX, 0, 0, 1400);
	assert_true(net_check(&f));
	assert_false(virtio_net_receive(net, &f));
	assert_int_equal(used_idx(RX), 0);
	assert_int_equal(virtio_net_room(net), 42);
	assert_int_equal(net->rx_dropped, 1);
	assert_int_equal(raised, 0);
	f = plain(1514);
	assert_true(virtio_net_receive(net, &f));
	check_received(&f, 0, gpa_2k);
	start(VERSION_1);
	offer_rx(0, gpa_2k(0), 1525, 1);
	assert_false(virtio_net_receive(net, &f));
	f.bytes = 1513;
	assert_true(virtio_net_receive(net, &f));
	check_received(&f, 0, gpa_2k);
}

/* The header must be in the first; buffers may be of one byte, or of none, but not many. */
static void test_tiny_receive_buffers(void **state)
{
	struct net_frame f = plain(14);

	start(VERSION_1 | F(MRG_RXBUF));
	offer_rx(0, gpa_2k(0), 11, 1);
	offer_rx(1, gpa_2k(1), 100, 1);
	assert_false(virtio_net_receive(net, &f));
	put_desc(RX, 0, gpa_2k(0), 12, F_WRITE);
	put_desc(RX, 1, gpa_2k(1), 0, F_WRITE);
	offer_rx(2, gpa_2k(2), 10, 1);
	offer_rx(3, gpa_2k(3), 4, 1);
	assert_true(virtio_net_receive(net, &f));
	assert_int_equal(used_idx(RX), 4);
	check_received(&f, 0, gpa_2k);
	f = plain(100);
	offer_rx(4, gpa_2k(4), 12, 1);
	for (unsigned i = 5; i < 200; i++)
		offer_rx(i, gpa_2k(i), 1, 1);
	assert_false(virtio_net_receive(net, &f));
	f.bytes = 63;
	assert_true(virtio_net_receive(net, &f));
	check_received(&f, 4, gpa_2k);
}

static void test_a_receive_buffer_of_too_many_pieces(void **state)
{
	struct net_frame f = plain(60);

	start(VERSION_1 | F(MRG_RXBUF));
	offer_rx(0, DATA, 2000, 64);
	assert_true(virtio_net_receive(net, &f));
	offer_rx(64, DATA, 2000, 65);
	assert_false(virtio_net_receive(net, &f));
	assert_non_null(virtio_check(&net->device));
	assert_int_equal(virtio_net_room(net), 0);
}

/* Buffers of the wrong direction and rings that go bad under our hands. */
static void test_hostile_receive_rings(void **state)
{
	struct net_frame f = plain(60);

	start(VERSION_1 | F(MRG_RXBUF));
	put_desc(RX, 0, DATA, 2000, 0);
	offer(RX, 0);
	assert_false(virtio_net_receive(net, &f));
	offer_rx(1, DATA, 2000, 1);
	assert_false(virtio_net_receive(net, &f)); /* the header has no place in the first */
	start(VERSION_1 | F(MRG_RXBUF));
	offer_rx(0, DATA, 40, 1);
	offer_rx(1, MEMORY - 8, 40, 1);
	assert_false(virtio_net_receive(net, &f));
	assert_int_equal(used_idx(RX), 0);
	assert_non_null(virtio_check(&net->device));
	assert_false(virtio_net_receive(net, &f));
}

static void test_takes(void **state)
{
	static const struct {
		uint64_t features;
		unsigned takes;
	} rows[] = {
		{0, 0},
		{F(GUEST_TSO4) | F(GUEST_TSO6), 0}, /* 5.1.3.1: both need GUEST_CSUM */
		{F(GUEST_CSUM), NET_TAKES_CSUM},
		{F(GUEST_CSUM) | F(GUEST_TSO4), NET_TAKES_CSUM | NET_TAKES_TSO4},
		{F(GUEST_CSUM) | F(GUEST_TSO6), NET_TAKES_CSUM | NET_TAKES_TSO6},
		{F(CSUM) | F(HOST_TSO4) | F(HOST_TSO6), 0},
	};
	struct net_frame f = plain(1000);

	put_tcp(&f, data, GSO_TCPV4, 1000, 0, 0, 500);
	assert_true(net_check(&f));
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		start(rows[i].features);
		assert_int_equal(virtio_net_takes(net), rows[i].takes);
		offer_rx(0, DATA, 2000, 1);
		assert_int_equal(virtio_net_receive(net, &f),
				 (rows[i].takes & 3) == 3 ? true : false);
	}
}

static void test_interrupts_as_asked(void **state)
{
	struct net_frame f = plain(60);

	start(VERSION_1 | EVENT_IDX | F(MRG_RXBUF));
	for (unsigned i = 0; i < 10; i++)
		offer_rx(i, gpa_2k(i), 1536, 1);
	put(ring(RX) + AVAIL + 4 + 2 * NUM, 2, 4);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(virtio_net_receive(net, &f));
		assert_int_equal(raised, i < 4 ? 0 : 1);
	}
	assert_int_equal(get(ring(RX) + USED + 4 + 8 * NUM, 2), 0);
	assert_false(virtio_net_receive(net, &f)); /* empty: tell us when there are more */
	assert_int_equal(get(ring(RX) + USED + 4 + 8 * NUM, 2), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(test_receives_into_single_buffers),
		NET_TEST(test_receives_large_frames_in_merged_buffers),
		NET_TEST(test_receives_large_frames_in_one_chain),
		NET_TEST(test_a_frame_that_does_not_fit),
		NET_TEST(test_tiny_receive_buffers),
		NET_TEST(test_a_receive_buffer_of_too_many_pieces),
		NET_TEST(test_hostile_receive_rings),
		NET_TEST(test_takes),
		NET_TEST(test_interrupts_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
