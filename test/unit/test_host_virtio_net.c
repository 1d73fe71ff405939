/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the driver of virtio network cards against one that works, stalls and lies. */
/* unit-sources: drivers/host_virtio_net.c drivers/host_virtio_ring.c */
#include "drivers/host_virtio_net.h"

#include <linux/virtio_net.h>

#include "test/unit/host_virtio_fixture.h"

#define F(f)  (1ull << VIRTIO_NET_##f)
#define USUAL (F(F_MAC) | F(F_STATUS))
#define SLOTS 64u

enum { RECEIVE, TRANSMIT };

static const uint8_t mac[] = {0x52, 0x54, 0, 1, 2, 3};
static uint8_t last[2048], other[2048];
static uint32_t last_bytes;
static unsigned received_count;
static uint32_t header_bytes;

static struct nic *card(void)
{
	return host.nic;
}

static void received(struct nic *n, const uint8_t *frame, uint32_t bytes)
{
	received_count++;
	last_bytes = bytes;
	memcpy(last, frame, bytes);
}

static void prepare(uint64_t features, bool is_legacy)
{
	fake_init();
	fake_memory(&host_virtio_net_driver);
	fake.features = features;
	fake.num = 256;
	fake.is_legacy = is_legacy;
	header_bytes = is_legacy ? 10 : 12;
	memcpy(fake.config, mac, sizeof(mac));
	fake.config[6] = VIRTIO_NET_S_LINK_UP;
	received_count = last_bytes = 0;
	for (unsigned i = 0; i < sizeof(other); i++)
		other[i] = (uint8_t)(i * 3 + i / 255);
}

static void start(uint64_t features, bool is_legacy)
{
	prepare(features, is_legacy);
	assert_int_equal(host.driver->start(&host), 0);
	assert_non_null(card());
	card()->received = received;
}

static void end(void)
{
	host.driver->stop(&host);
	assert_true(fake.is_reset);
	free(host.memory);
}

/* As the device: puts a frame into the next buffer; says that it wrote extra bytes more. */
static void come_in(uint32_t bytes, uint32_t extra)
{
	struct fake_chain c;

	assert_true(fake_take(RECEIVE, &c));
	assert_int_equal(c.count, 2);
	assert_int_equal(c.d[0].len, header_bytes);
	assert_int_equal(c.d[0].flags & VRING_DESC_F_WRITE, VRING_DESC_F_WRITE);
	assert_int_equal(c.d[1].flags, VRING_DESC_F_WRITE);
	assert_true(c.d[1].len >= NIC_FRAME_MAX);
	memset(fake_at(&c.d[0]), 0xEE, header_bytes);
	memcpy(fake_at(&c.d[1]), other, MIN(bytes, c.d[1].len));
	fake_used(RECEIVE, c.head, header_bytes + bytes + extra);
}

static void assert_stopped(void)
{
	assert_false(card()->link_up);
	assert_true(fake.is_reset);
	assert_int_equal(fake.lines, 1);
	assert_null(card()->ops->tx_begin(card()));
	card()->ops->tx_send(card(), 60);
	assert_false(card()->ops->poll(card(), 10));
	host.driver->interrupt(&host);
	assert_int_equal(fake.lines, 1);
}

static void send_one(uint32_t bytes)
{
	uint8_t *p = card()->ops->tx_begin(card());

	assert_non_null(p);
	memset(p, 0xFF, NIC_FRAME_MAX);
	memcpy(p, other, bytes);
	card()->ops->tx_send(card(), bytes);
}

/* ---- tests ------------------------------------------------------------------------------ */

static void test_description(void **state)
{
	start(USUAL, false);
	assert_memory_equal(card()->mac, mac, sizeof(mac));
	assert_true(card()->link_up);
	assert_string_equal(card()->model, "virtio network card");
	assert_int_equal(fake.notices[RECEIVE], 1);
	end();
	prepare(USUAL, false);
	fake.num = 0;
	assert_int_equal(host.driver->start(&host), -EIO);
	assert_true(fake.is_reset);
	free(host.memory);
}

static void test_made_up_mac(void **state)
{
	uint8_t before[6];

	start(0, false);
	assert_true(card()->link_up);
	assert_int_equal(card()->mac[0] & 3, 2);
	memcpy(before, card()->mac, sizeof(before));
	end();
	prepare(0, false);
	fake.now_ns += 12345;
	assert_int_equal(host.driver->start(&host), 0);
	assert_memory_not_equal(card()->mac, before, sizeof(before));
	end();
}

static void test_receive(void **state)
{
	for (unsigned legacy = 0; legacy < 2; legacy++) {
		start(USUAL, legacy);
		for (unsigned i = 0; i < 300; i++) {
			uint32_t bytes = NIC_FRAME_MIN + i * 5;

			come_in(bytes, 0);
			assert_false(card()->ops->poll(card(), 4));
			assert_int_equal(last_bytes, bytes);
			assert_memory_equal(last, other, bytes);
		}
		assert_int_equal(received_count, 300);
		assert_int_equal(card()->rx_frames, 300);
		assert_int_equal(fake.notices[RECEIVE], 301);
		end();
	}
}

static void test_receive_within_the_budget(void **state)
{
	struct fake_chain c;
	unsigned n = 0;

	start(USUAL, false);
	for (unsigned i = 0; i < SLOTS; i++)
		come_in(100, 0);
	assert_false(fake_take(RECEIVE, &c));
	assert_true(card()->ops->poll(card(), 10));
	assert_int_equal(received_count, 10);
	assert_true(card()->ops->poll(card(), 53));
	assert_false(card()->ops->poll(card(), 1));
	assert_int_equal(received_count, SLOTS);
	while (fake_take(RECEIVE, &c))
		n++;
	assert_int_equal(n, SLOTS);
	end();
}

static void test_bad_sizes(void **state)
{
	static const uint32_t bytes[] = {0, 13, 1515, 2032};

	start(USUAL, false);
	for (unsigned i = 0; i < ARRAY_SIZE(bytes); i++) {
		come_in(bytes[i], 0);
		card()->ops->poll(card(), 4);
	}
	come_in(0, 0u - header_bytes);
	card()->ops->poll(card(), 4);
	assert_int_equal(card()->rx_errors, 5);
	assert_int_equal(received_count, 0);
	come_in(NIC_FRAME_MAX, 0);
	card()->ops->poll(card(), 4);
	assert_int_equal(received_count, 1);
	end();
}

static void test_transmit(void **state)
{
	static const uint8_t zeroes[64];
	struct fake_chain c;

	for (unsigned legacy = 0; legacy < 2; legacy++) {
		start(USUAL, legacy);
		for (uint32_t bytes = NIC_FRAME_MIN; bytes <= NIC_FRAME_MAX; bytes += 4) {
			send_one(bytes);
			assert_true(fake_take(TRANSMIT, &c));
			assert_int_equal(c.count, 2);
			assert_int_equal(c.d[0].len, header_bytes);
			assert_int_equal(c.d[0].flags & VRING_DESC_F_WRITE, 0);
			assert_memory_equal(fake_at(&c.d[0]), zeroes, header_bytes);
			assert_int_equal(c.d[1].len, MAX(bytes, 60u));
			assert_int_equal(c.d[1].flags, 0);
			assert_memory_equal(fake_at(&c.d[1]), other, bytes);
			if (bytes < 60)
				assert_memory_equal((uint8_t *)fake_at(&c.d[1]) + bytes, zeroes,
						    60 - bytes);
			fake_used(TRANSMIT, c.head, 0);
		}
		assert_int_equal(card()->tx_frames, fake.notices[TRANSMIT]);
		end();
	}
}

/* It wants to be told of room in the ring only while there is none. */
static void test_full(void **state)
{
	struct vring_avail *avail;
	struct fake_chain c;

	start(USUAL, false);
	avail = fake_ring(TRANSMIT)->avail;
	assert_int_equal(avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
	for (unsigned i = 0; i < SLOTS; i++)
		send_one(60);
	assert_int_equal(avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
	assert_null(card()->ops->tx_begin(card()));
	assert_int_equal(avail->flags, 0);
	card()->ops->poll(card(), 1);
	assert_int_equal(avail->flags, 0);
	assert_true(fake_take(TRANSMIT, &c));
	fake_used(TRANSMIT, c.head, 0);
	card()->ops->poll(card(), 1);
	assert_int_equal(avail->flags, VRING_AVAIL_F_NO_INTERRUPT);
	send_one(60);
	assert_null(card()->ops->tx_begin(card()));
	assert_true(fake_take(TRANSMIT, &c));
	fake_used(TRANSMIT, c.head, 0);
	send_one(60); /* room is found without a poll */
	end();
}

static void test_link(void **state)
{
	start(USUAL, false);
	fake.config[6] = 0;
	card()->ops->poll(card(), 1);
	assert_true(card()->link_up);
	fake.reasons = 2;
	assert_true(host.driver->interrupt(&host));
	card()->ops->poll(card(), 1);
	assert_false(card()->link_up);
	fake.config[6] = VIRTIO_NET_S_LINK_UP;
	fake.reasons = 2;
	host.driver->interrupt(&host);
	card()->ops->poll(card(), 1);
	assert_true(card()->link_up);
	assert_false(host.driver->interrupt(&host));
	end();
}

/* ---- cards that fail -------------------------------------------------------------------- */

static void test_lies_about_receiving(void **state)
{
	start(USUAL, false);
	fake_used(RECEIVE, 3, 100);
	card()->ops->poll(card(), 10);
	assert_stopped();
	end();
	start(USUAL, false);
	come_in(2033, 0);
	card()->ops->poll(card(), 10);
	assert_stopped();
	end();
	start(USUAL, false);
	come_in(100, 0xFFFF0000);
	card()->ops->poll(card(), 10);
	assert_stopped();
	assert_int_equal(received_count, 0);
	end();
}

static void test_lies_about_sending(void **state)
{
	start(USUAL, false);
	fake_used(TRANSMIT, 0, 0);
	card()->ops->poll(card(), 10);
	assert_stopped();
	end();
	start(USUAL, false);
	for (unsigned i = 0; i < SLOTS; i++)
		send_one(60);
	fake_used(TRANSMIT, 1, 0);
	assert_null(card()->ops->tx_begin(card()));
	assert_stopped();
	end();
}

static void test_needs_reset(void **state)
{
	start(USUAL, false);
	fake.needs_reset = true;
	fake.reasons = 3;
	assert_true(host.driver->interrupt(&host));
	assert_stopped();
	assert_false(fake.is_cut_off);
	end();
	start(USUAL, false);
	fake.needs_reset = fake.resets_late = true;
	fake.reasons = 3;
	host.driver->interrupt(&host);
	assert_true(fake.is_cut_off);
	fake.resets_late = false;
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_made_up_mac),
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_receive_within_the_budget),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_transmit),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_lies_about_receiving),
		cmocka_unit_test(test_lies_about_sending),
		cmocka_unit_test(test_needs_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
