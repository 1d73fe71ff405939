/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that no sender gets more than its share: floods, large frames, short room; and uplinks. */
/* unit-sources: core/netswitch.c core/net_frame.c core/uplink.c */
#include "core/delay.h"
#include "core/uplink.h"
#include "test/unit/netswitch_fixture.h"

uint64_t delay_now_ns(void)
{
	return now;
}

/* ---- floods --------------------------------------------------------------------- */

/* How many of n frames for all arrive at port 1, sent every step_ns. */
static unsigned flood(unsigned n, uint32_t bytes, uint64_t step_ns)
{
	unsigned before = behind[1].frames;

	for (unsigned i = 0; i < n; i++, now += step_ns)
		receive(0, frame(TO_ALL, 1, bytes));
	return behind[1].frames - before;
}

static void add_ports(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		add(NETSWITCH_ORDINARY, i + 1);
}

static void test_2000_frames_a_second(void **state)
{
	add_ports(2);
	assert_int_equal(flood(100, 64, 0), 100);
	now += SECOND;
	assert_in_range(flood(100000, 64, SECOND / 50000), 2 * 2000 + 256 - 5, 2 * 2000 + 256 + 5);
	now += SECOND;
	assert_int_equal(flood(2000, 64, SECOND / 2000), 2000);
	now += SECOND;
	assert_int_equal(flood(256, 64, 10000), 256); /* in a row */
	assert_int_equal(drops(0, NETSWITCH_STORM), 100000 - net.ports[1].tx_frames + 2356);
}

/* Nobody else pays for it, and what is for one receiver is no flood. */
static void test_a_storm_is_its_senders(void **state)
{
	add_ports(3);
	flood(10000, 64, 0);
	assert_true(drops(0, NETSWITCH_STORM) > 9000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(who_gets(0, 2, 1), 1u << 1);
	assert_int_equal(who_gets(1, TO_ALL, 2), 1u << 0 | 1u << 2);
	now += 10 * MS;
	assert_int_equal(flood(1, 64, 0), 1);
}

static void test_an_unknown_address_behind_the_only_uplink(void **state)
{
	add_ports(3);
	add(NETSWITCH_UPLINK, 0);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(who_gets(0, 70, 1), 1u << 3);
	assert_int_equal(drops(0, NETSWITCH_STORM), 0);
}

/* Bytes copied at one time: all ports together at most 80000, and a little for each frame. */
static void test_copies_at_one_time(void **state)
{
	add_ports(PORTS);
	assert_int_equal(flood(100, NET_FRAME_MAX, 0), 1);
	now += MS;
	assert_int_equal(flood(100, 64, 0), 80000 / (31 * (64 + 256)));
	assert_int_equal(drops(0, NETSWITCH_STORM), 99 + 92);
	now += MS;
	receive(0, tcp_frame(TO_ALL, 1, GSO_TCPV4, 60000, 1400));
	assert_int_equal(drops(0, NETSWITCH_STORM), 99 + 92 + 1);
	receive(0, tcp_frame(2, 1, GSO_TCPV4, 60000, 1400));
	assert_int_equal(behind[1].last.bytes, 60000);
}

static void test_a_large_frame_for_all_of_one(void **state)
{
	add_ports(2);
	receive(0, tcp_frame(TO_ALL, 1, GSO_TCPV6, NET_LARGE_MAX, 1400));
	receive(0, tcp_frame(TO_ALL, 1, GSO_TCPV6, NET_LARGE_MAX, 1400));
	assert_int_equal(behind[1].frames, 1);
	assert_int_equal(behind[1].last.bytes, NET_LARGE_MAX);
	now += MS;
	receive(0, tcp_frame(TO_ALL, 1, GSO_TCPV6, NET_LARGE_MAX, 1400));
	assert_int_equal(behind[1].frames, 2);
}

/* ---- shares --------------------------------------------------------------------- */

static unsigned get_in(unsigned from, unsigned n)
{
	unsigned before = behind[1].frames;

	for (unsigned i = 0; i < n; i++)
		receive(from, frame(2, from + 1, 64));
	return behind[1].frames - before;
}

/* 256 buffers: 193 for whoever comes first, then a 16th for each in a millisecond. */
static void test_the_last_quarter_is_shared(void **state)
{
	add_ports(8);
	behind[1].room = 256;
	assert_int_equal(get_in(0, 1000), 193);
	assert_int_equal(drops(1, NETSWITCH_SHARE), 807);
	assert_int_equal(get_in(2, 1000), 16);
	assert_int_equal(get_in(3, 1000), 16);
	assert_int_equal(get_in(4, 10), 10);
	assert_int_equal(get_in(0, 10), 0);
	now += MS;
	assert_int_equal(get_in(0, 1000), 16);
	assert_int_equal(get_in(5, 1000), 5); /* all taken */
	assert_int_equal(drops(1, NETSWITCH_FULL), 995);
	behind[1].room = 256;
	assert_int_equal(get_in(0, 10), 10);
}

/* A receiver that has given few buffers is not short of them. */
static void test_a_small_receiver(void **state)
{
	add_ports(3);
	behind[1].room = 16;
	assert_int_equal(get_in(0, 1000), 13);
	assert_int_equal(get_in(2, 1000), 1);
	now += MS;
	assert_int_equal(get_in(0, 1000), 1);
	assert_int_equal(get_in(0, 1000), 0);
	behind[1].room = 0;
	assert_int_equal(get_in(0, 1), 0);
}

/* A large frame counts for the buffers it may take. */
static void test_large_frames_in_short_room(void **state)
{
	add_ports(3);
	behind[1].room = 256;
	get_in(0, 1);
	behind[1].room = 60;
	receive(2, tcp_frame(2, 3, GSO_TCPV4, 60000, 1400));
	assert_int_equal(drops(1, NETSWITCH_SHARE), 1);
	receive(2, tcp_frame(2, 3, GSO_TCPV4, 15000, 1400));
	receive(2, tcp_frame(2, 3, GSO_TCPV4, 15000, 1400));
	assert_int_equal(drops(1, NETSWITCH_SHARE), 2);
	assert_int_equal(behind[1].last.bytes, 15000);
}

/* ---- uplinks -------------------------------------------------------------------- */

static struct uplink up;
static uint8_t ring[64][NET_FRAME_MAX];
static unsigned ring_bytes[64], begun, ring_room;

static uint8_t *fake_begin(struct nic *n)
{
	return begun < ring_room ? ring[begun] : NULL;
}

static void fake_send(struct nic *n, uint32_t bytes)
{
	assert_in_range(bytes, NIC_FRAME_MIN, NIC_FRAME_MAX);
	ring_bytes[begun++] = bytes;
}

static const struct nic_ops nic_ops = {.tx_begin = fake_begin, .tx_send = fake_send};
static struct nic nic = {.ops = &nic_ops};

static void test_an_uplink(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 1);

	begun = 0;
	ring_room = 64;
	nic.link_up = true;
	assert_int_equal(uplink_init(&up, &net, &nic), 0);
	assert_int_equal(up.port, 1);
	receive(a, frame(9, 1, 100));
	assert_int_equal(ring_bytes[0], 100);
	assert_memory_equal(ring[0], out, 100);
	receive(a, tcp_frame(9, 1, GSO_TCPV4, 20000, 1448));
	assert_int_equal(begun, 1 + 14);
	for (unsigned i = 1; i < begun; i++)
		assert_true(csum_is_right(ring[i], ring_bytes[i], 34, 6));
	receive(a, tcp_frame(9, 1, GSO_TCPV6, 500, 0));
	assert_true(csum_is_right(ring[15], 500, 54, 6));
	frame(1, 9, 200);
	nic.received(&nic, out, 200);
	assert_int_equal(behind[a].last.bytes, 200);
	assert_memory_equal(behind[a].data, out, 200);
	nic.received(&nic, out, 13);
	assert_int_equal(drops(1, NETSWITCH_BAD), 1);
}

static void test_an_uplink_that_is_full_or_down(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 1);

	begun = 0;
	ring_room = 3;
	nic.link_up = true;
	uplink_init(&up, &net, &nic);
	receive(a, tcp_frame(9, 1, GSO_TCPV4, 20000, 1448));
	assert_int_equal(begun, 3);
	assert_int_equal(drops(1, NETSWITCH_FULL), 11);
	begun = 0;
	nic.link_up = false;
	receive(a, frame(9, 1, 100));
	assert_int_equal(begun, 0);
	assert_int_equal(drops(1, NETSWITCH_FULL), 12);
	assert_int_equal(net.ports[1].tx_frames, 3);
}

/* One port's many sources leave room for those of others. */
static void test_a_port_of_many_addresses(void **state)
{
	add(NETSWITCH_UPLINK, 0);
	add(NETSWITCH_UPLINK, 0);
	for (unsigned n = 0; n < 1000; n++)
		receive(0, frame(2000, 100 + n, 64));
	assert_int_equal(net.ports[0].macs, 64);
	receive(1, frame(2000, 50, 64));
	assert_int_equal(net.ports[1].macs, 1);
}

static void test_no_port_for_an_uplink(void **state)
{
	add_ports(PORTS);
	assert_int_equal(uplink_init(&up, &net, &nic), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SWITCH_TEST(test_2000_frames_a_second),
		SWITCH_TEST(test_a_storm_is_its_senders),
		SWITCH_TEST(test_an_unknown_address_behind_the_only_uplink),
		SWITCH_TEST(test_copies_at_one_time),
		SWITCH_TEST(test_a_large_frame_for_all_of_one),
		SWITCH_TEST(test_the_last_quarter_is_shared),
		SWITCH_TEST(test_a_small_receiver),
		SWITCH_TEST(test_large_frames_in_short_room),
		SWITCH_TEST(test_an_uplink),
		SWITCH_TEST(test_an_uplink_that_is_full_or_down),
		SWITCH_TEST(test_a_port_of_many_addresses),
		SWITCH_TEST(test_no_port_for_an_uplink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
