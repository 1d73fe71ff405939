/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the virtio network device: both headers, buffers of all shapes, hostile headers. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/net.c core/net_frame.c */
#include "test/unit/virtio_net_fixture.h"

static uint8_t data[NET_LARGE_MAX];
static struct unit_random source = {4711};

static struct net_frame plain(uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)unit_random(&source);
	return (struct net_frame){.data = data, .bytes = bytes};
}

static const uint64_t sets[] = {0,         F(MRG_RXBUF),
				VERSION_1, VERSION_1 | F(MRG_RXBUF),
				OFFLOADS,  OFFLOADS | VERSION_1 | F(MRG_RXBUF)};

/* ---- from the guest ------------------------------------------------------------- */

static void test_sends_frames_in_any_pieces(void **state)
{
	for (unsigned set = 0; set < ARRAY_SIZE(sets); set++) {
		start(sets[set]);
		for (unsigned round = 0; round < 300; round++) {
			struct net_frame f = plain(14 + (uint32_t)unit_random(&source) % 1501);
			uint32_t bytes = lay(&f), at = 0;
			unsigned n = 0, before = sent_frames;

			while (at < bytes) {
				uint32_t piece = (uint32_t)unit_random(&source) % (bytes - at + 1);

				piece = n == 20 ? bytes - at : piece;
				put_desc(TX, n++, DATA + at, piece,
					 at + piece < bytes ? F_NEXT : 0);
				at += piece;
			}
			offer(TX, 0);
			virtio_notify(&net->device, TX);
			assert_int_equal(sent_frames, before + 1);
			assert_int_equal(sent.bytes, f.bytes);
			assert_memory_equal(sent_data, data, f.bytes);
			assert_false(sent.needs_csum);
			assert_int_equal(used_idx(TX), round + 1);
			assert_int_equal(used_len(TX, round), 0);
		}
		assert_int_equal(net->tx_bad, 0);
	}
	assert_int_equal(net->tx_frames, sent_frames);
}

static void check_sent_large(unsigned type, uint32_t bytes)
{
	struct net_frame f = plain(bytes);

	put_tcp(&f, data, type, bytes, 0, 12, 1400);
	send_laid(lay(&f));
	assert_int_equal(sent.bytes, bytes);
	assert_memory_equal(sent_data, data, bytes);
	assert_true(sent.needs_csum);
	assert_int_equal(sent.csum_start, f.csum_start);
	assert_int_equal(sent.csum_offset, 16);
	assert_int_equal(sent.gso_type, type);
	assert_int_equal(sent.gso_size, 1400);
	assert_int_equal(sent.header_bytes, f.csum_start + 32);
}

static void test_sends_large_frames(void **state)
{
	start(OFFLOADS);
	check_sent_large(GSO_TCPV4, 14 + 65535);
	check_sent_large(GSO_TCPV6, NET_LARGE_MAX);
	start(OFFLOADS | VERSION_1 | F(MRG_RXBUF));
	check_sent_large(GSO_TCPV4, 2000);
	check_sent_large(GSO_TCPV6, NET_LARGE_MAX);
	assert_int_equal(sent_frames, 4);
}

/* The buffer comes back, nothing goes out. */
static void check_bad(struct net_frame f)
{
	uint64_t bad = net->tx_bad;
	uint32_t used = used_idx(TX);
	unsigned before = sent_frames;

	send_laid(lay(&f));
	assert_int_equal(net->tx_bad, bad + 1);
	assert_int_equal(sent_frames, before);
	assert_int_equal(used_idx(TX), (uint16_t)(used + 1));
	assert_null(virtio_check(&net->device));
}

#define BAD(field, value)                                                                          \
	do {                                                                                       \
		struct net_frame g = f;                                                            \
		g.field = value;                                                                   \
		check_bad(g);                                                                      \
	} while (0)

static void test_hostile_headers(void **state)
{
	struct net_frame f = plain(3000);

	start(OFFLOADS | VERSION_1);
	put_tcp(&f, data, GSO_TCPV4, 3000, 0, 0, 1400);
	BAD(gso_type, GSO_UDP);
	BAD(gso_type, 5);
	BAD(gso_type, 0xFF);
	BAD(gso_type, GSO_TCPV6);
	BAD(gso_type, GSO_NONE);
	BAD(gso_size, 0);
	BAD(gso_size, 1);
	BAD(gso_size, 0xFFFF);
	BAD(needs_csum, false);
	BAD(csum_start, 0);
	BAD(csum_start, 0xFFFF);
	BAD(csum_offset, 0xFFFF);
	BAD(bytes, 13);
	BAD(bytes, 0);
	f = plain(60);
	f.needs_csum = true;
	f.csum_start = 58;
	f.csum_offset = 1;
	check_bad(f);
	BAD(csum_start, 13);
	check_bad(plain(NET_FRAME_MAX + 1));
	send_laid(MEMORY - DATA); /* larger than anything */
	send_laid(11);
	send_laid(0);
	assert_int_equal(net->tx_bad, 20);
	f = plain(60);
	send_laid(lay(&f));
	assert_int_equal(sent_frames, 1);
}

/* What was not negotiated is not done (5.1.6.2.1). */
static void test_offloads_must_be_accepted(void **state)
{
	struct net_frame f = plain(3000);
	const uint64_t without[] = {0, F(HOST_TSO4), F(CSUM) | F(HOST_TSO6)};

	put_tcp(&f, data, GSO_TCPV4, 3000, 0, 0, 1400);
	for (unsigned i = 0; i < ARRAY_SIZE(without); i++) {
		start(without[i] | VERSION_1);
		check_bad(f);
	}
	start(F(CSUM) | F(HOST_TSO4) | VERSION_1);
	send_laid(lay(&f));
	assert_int_equal(sent_frames, 1);
	put_tcp(&f, data, GSO_TCPV4, 1000, 0, 0, 0);
	start(VERSION_1 | F(GUEST_CSUM));
	check_bad(f);
}

/* A 16th of 64 KiB for each frame at least; the rest is work. */
static void test_sends_within_the_budget(void **state)
{
	struct net_frame f = plain(60);
	uint32_t bytes;

	start(OFFLOADS | VERSION_1);
	bytes = lay(&f);
	for (unsigned i = 0; i < 40; i++) {
		put_desc(TX, i, DATA, bytes, 0);
		offer(TX, i);
	}
	virtio_notify(&net->device, TX);
	assert_int_equal(sent_frames, 16);
	assert_int_equal(raised, 1);
	assert_true(net->device.work_left);
	virtio_work(&net->device);
	assert_int_equal(sent_frames, 32);
	virtio_work(&net->device);
	assert_int_equal(sent_frames, 40);
	assert_int_equal(raised, 3);
	assert_false(net->device.work_left);
	put_tcp(&f, data, GSO_TCPV6, 40000, 0, 0, 1400);
	bytes = lay(&f);
	for (unsigned i = 0; i < 3; i++) {
		put_desc(TX, i, DATA, bytes, 0);
		offer(TX, i);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(sent_frames, 40 + i);
		virtio_notify(&net->device, TX);
		assert_int_equal(net->device.work_left, i < 2);
	}
	assert_int_equal(sent_frames, 43);
}

/* Long chains of nothing count too. */
static void test_descriptors_have_a_price(void **state)
{
	start(VERSION_1);
	for (unsigned i = 0; i < NUM; i++)
		put_desc(TX, i, DATA, 0, i + 1 < NUM ? F_NEXT : 0);
	for (unsigned i = 0; i < 10; i++)
		offer(TX, 0);
	virtio_notify(&net->device, TX);
	assert_int_equal(used_idx(TX), 1);
	assert_true(net->device.work_left);
	virtio_set_status(&net->device, 0);
	assert_false(net->device.work_left);
}

static void test_a_broken_ring_stops_it(void **state)
{
	struct net_frame f = plain(60);

	start(VERSION_1);
	offer_rx(0, DATA, 2000, 1);
	put_desc(TX, 0, MEMORY, 1, 0);
	offer(TX, 0);
	virtio_notify(&net->device, TX);
	assert_non_null(virtio_check(&net->device));
	virtio_notify(&net->device, TX);
	virtio_work(&net->device);
	assert_int_equal(sent_frames, 0);
	assert_int_equal(virtio_net_room(net), 0);
	assert_false(virtio_net_receive(net, &f));
}

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

/* ---- the device ----------------------------------------------------------------- */

static void test_not_ready(void **state)
{
	struct net_frame f = plain(60);

	assert_false(virtio_net_receive(net, &f));
	assert_int_equal(virtio_net_room(net), 0);
	virtio_set_status(&net->device, 3);
	virtio_accept(&net->device, VERSION_1);
	enable(TX);
	virtio_set_status(&net->device, 15); /* without a queue to receive */
	assert_false(virtio_net_receive(net, &f));
	assert_int_equal(virtio_net_room(net), 0);
	send_laid(lay(&f));
	assert_int_equal(sent_frames, 1);
	assert_int_equal(net->rx_dropped, 2);
}

static void test_configuration_and_link(void **state)
{
	struct net_frame f = plain(60);

	start(VERSION_1 | F(MAC) | F(STATUS));
	assert_int_equal(virtio_config_read(&net->device, 0, 4), 0x01005452);
	assert_int_equal(virtio_config_read(&net->device, 4, 4), 0x00010302);
	assert_int_equal(virtio_config_read(&net->device, 8, 2), 0);
	virtio_config_write(&net->device, 0, 4, 0);
	assert_int_equal(virtio_config_read(&net->device, 0, 4), 0x01005452);
	offer_rx(0, DATA + 4096, 2000, 1);
	virtio_net_set_link(net, true);
	assert_int_equal(raised, 0);
	virtio_net_set_link(net, false);
	assert_int_equal(raised, 1);
	assert_int_equal(net->device.isr, 2);
	assert_int_equal(virtio_config_read(&net->device, 6, 2), 0);
	assert_false(virtio_net_receive(net, &f));
	send_laid(lay(&f));
	assert_int_equal(sent_frames, 0);
	assert_int_equal(used_idx(TX), 1);
	virtio_net_set_link(net, true);
	assert_int_equal(virtio_config_read(&net->device, 6, 2), 1);
	assert_true(virtio_net_receive(net, &f));
	send_laid(lay(&f));
	assert_int_equal(sent_frames, 1);
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
		NET_TEST(test_sends_frames_in_any_pieces),
		NET_TEST(test_sends_large_frames),
		NET_TEST(test_hostile_headers),
		NET_TEST(test_offloads_must_be_accepted),
		NET_TEST(test_sends_within_the_budget),
		NET_TEST(test_descriptors_have_a_price),
		NET_TEST(test_a_broken_ring_stops_it),
		NET_TEST(test_receives_into_single_buffers),
		NET_TEST(test_receives_large_frames_in_merged_buffers),
		NET_TEST(test_receives_large_frames_in_one_chain),
		NET_TEST(test_a_frame_that_does_not_fit),
		NET_TEST(test_tiny_receive_buffers),
		NET_TEST(test_a_receive_buffer_of_too_many_pieces),
		NET_TEST(test_hostile_receive_rings),
		NET_TEST(test_takes),
		NET_TEST(test_not_ready),
		NET_TEST(test_configuration_and_link),
		NET_TEST(test_interrupts_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
