/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what a virtio network device sends: both headers, hostile ones; its configuration. */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/net.c core/net_frame.c */
#include "test/unit/virtio_net_fixture.h"

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
			virtio_notify(&net->device,
				      TX ^ 1); /* of buffers to receive into: nothing to do */
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

/* What was left to do is not done once the other ring has broken. */
static void test_a_broken_ring_stops_the_work(void **state)
{
	struct net_frame f = plain(60);
	uint32_t bytes;

	start(VERSION_1);
	bytes = lay(&f);
	for (unsigned i = 0; i < 20; i++) {
		put_desc(TX, i, DATA, bytes, 0);
		offer(TX, i);
	}
	virtio_notify(&net->device, TX);
	offer_rx(0, MEMORY, 1, 1);
	assert_false(virtio_net_receive(net, &f));
	assert_non_null(virtio_check(&net->device));
	virtio_work(&net->device);
	assert_int_equal(sent_frames, 16);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(test_sends_frames_in_any_pieces),
		NET_TEST(test_sends_large_frames),
		NET_TEST(test_hostile_headers),
		NET_TEST(test_offloads_must_be_accepted),
		NET_TEST(test_sends_within_the_budget),
		NET_TEST(test_descriptors_have_a_price),
		NET_TEST(test_a_broken_ring_stops_the_work),
		NET_TEST(test_a_broken_ring_stops_it),
		NET_TEST(test_not_ready),
		NET_TEST(test_configuration_and_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
