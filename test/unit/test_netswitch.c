/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves who gets which frame, against a model, and in which form. */
/* unit-sources: core/netswitch.c core/net_frame.c */
#include "test/unit/netswitch_fixture.h"

/* ---- learning ------------------------------------------------------------------- */

static void test_learns_and_moves(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 0), b = add(NETSWITCH_ORDINARY, 0),
		 c = add(NETSWITCH_ORDINARY, 0);

	assert_int_equal(who_gets(a, 2, 1), 1u << b | 1u << c);
	assert_int_equal(who_gets(b, 1, 2), 1u << a);
	assert_int_equal(who_gets(a, 2, 1), 1u << b);
	assert_int_equal(who_gets(c, 1, 2), 1u << a); /* 2 has moved */
	assert_int_equal(who_gets(a, 2, 1), 1u << c);
	assert_int_equal(who_gets(c, 2, 3), 0); /* on this side already */
	assert_int_equal(drops(c, NETSWITCH_NOWHERE), 1);
	assert_int_equal(who_gets(a, TO_ALL, 1), 1u << b | 1u << c);
	assert_int_equal(net.ports[b].macs, 0);
	assert_int_equal(net.ports[c].macs, 2);
}

static void test_forgets_after_300_s(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 0), b = add(NETSWITCH_ORDINARY, 0),
		 c = add(NETSWITCH_ORDINARY, 3);

	add(NETSWITCH_ORDINARY, 0);
	who_gets(b, 1, 2);
	now += 300 * SECOND - 1;
	assert_int_equal(who_gets(a, 2, 1), 1u << b);
	now++;
	assert_int_equal(who_gets(a, 2, 1), 1u << b | 1u << 3);
	now += 400 * SECOND;
	assert_int_equal(who_gets(b, 3, 2), 1u << c); /* its own: known for good */
	for (unsigned i = 0; i < 256; i++)
		who_gets(c, 3, 3);
	assert_int_equal(net.ports[a].macs, 0);
	assert_int_equal(net.ports[b].macs, 1);
	assert_int_equal(net.ports[c].macs, 1);
}

/* One port cannot take the table from the others. */
static void test_64_addresses_a_port(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 0), b = add(NETSWITCH_ORDINARY, 0);

	who_gets(b, 1, 2);
	for (unsigned i = 0; i < 1000; i++)
		receive(a, frame(2, 10 + i, 64));
	assert_int_equal(net.ports[a].macs, 64);
	assert_int_equal(who_gets(b, 10 + 63, 2), 1u << a);
	assert_int_equal(who_gets(a, 2, 5000), 1u << b);
	receive(b, frame(TO_ALL, 10, 64)); /* moves: there is place again */
	assert_int_equal(net.ports[a].macs, 63);
	who_gets(a, 2, 5000);
	assert_int_equal(net.ports[a].macs, 64);
}

static void test_a_full_table_has_place_for_own_addresses(void **state)
{
	for (unsigned port = 0; port < 5; port++) {
		add(NETSWITCH_ORDINARY, 0);
		for (unsigned i = 0; i < 64; i++)
			receive(port, frame(100 * port, 1000 * port + i + 1, 64));
	}
	assert_int_equal(net.ports[3].macs, 64);
	assert_int_equal(net.ports[4].macs, 0);
	for (unsigned port = 5; port < PORTS; port++)
		add(NETSWITCH_ORDINARY, 40000 + port);
	for (unsigned port = 5; port < PORTS; port++) {
		assert_int_equal(net.ports[port].macs, 1);
		assert_int_equal(who_gets(4, 40000 + port, 7), 1u << port);
	}
	assert_int_equal(netswitch_add(&net, NETSWITCH_ORDINARY, NULL, &guest_ends, NULL), -ENOSPC);
}

static void test_a_port_goes_and_another_comes(void **state)
{
	unsigned a = add(NETSWITCH_ISOLATED, 1), b = add(NETSWITCH_ORDINARY, 0);
	uint8_t mac[6];

	add(NETSWITCH_ORDINARY, 0);
	put_mac(mac, 1);
	assert_int_equal(netswitch_add(&net, NETSWITCH_ORDINARY, mac, &guest_ends, NULL), -EEXIST);
	netswitch_remove(&net, a);
	assert_int_equal(who_gets(b, 1, 2), 1u << 2);
	assert_int_equal(add(NETSWITCH_ORDINARY, 0), a);
	assert_int_equal(who_gets(a, 2, 1), 1u << b); /* no longer isolated, nor bound to 1 */
	assert_int_equal(who_gets(a, 2, 8), 1u << b);
	netswitch_remove(&net, b);
	assert_int_equal(who_gets(a, 2, 1), 1u << 2);
}

/* ---- who may -------------------------------------------------------------------- */

static void test_isolated_ports_reach_uplinks_only(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 1), i1 = add(NETSWITCH_ISOLATED, 2),
		 i2 = add(NETSWITCH_ISOLATED, 3), up = add(NETSWITCH_UPLINK, 0),
		 up2 = add(NETSWITCH_UPLINK, 0);

	assert_int_equal(who_gets(i1, TO_ALL, 2), 1u << up | 1u << up2);
	assert_int_equal(who_gets(i1, 3, 2), 0);
	assert_int_equal(who_gets(i1, 1, 2), 0);
	assert_int_equal(who_gets(a, 2, 1), 0);
	assert_int_equal(drops(i1, NETSWITCH_DENIED), 2);
	assert_int_equal(who_gets(a, TO_ALL, 1), 1u << up | 1u << up2);
	assert_int_equal(who_gets(up, TO_ALL, 9), 1u << a | 1u << i1 | 1u << i2);
	assert_int_equal(who_gets(up, 2, 9), 1u << i1);
	assert_int_equal(who_gets(i1, 9, 2), 1u << up);
	assert_int_equal(who_gets(up2, 9, 10), 0); /* not through us */
	assert_int_equal(who_gets(up2, 77, 10), 0);
}

static void test_own_addresses(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 1), b = add(NETSWITCH_ORDINARY, 2),
		 up = add(NETSWITCH_UPLINK, 0), any = add(NETSWITCH_ORDINARY, 0);

	assert_int_equal(who_gets(a, 2, 7), 0);
	assert_int_equal(who_gets(a, 1, 2), 0);
	assert_int_equal(who_gets(up, 2, 1), 0);
	assert_int_equal(who_gets(any, 2, 1), 0);
	assert_int_equal(drops(a, NETSWITCH_SPOOFED), 2);
	assert_int_equal(drops(up, NETSWITCH_SPOOFED), 1);
	assert_int_equal(drops(any, NETSWITCH_SPOOFED), 1);
	assert_int_equal(who_gets(b, 1, 2), 1u << a);
	/* a single frame for somebody unknown is none of a's and b's business */
	assert_int_equal(who_gets(up, 55, 9), 1u << any);
	assert_int_equal(who_gets(a, 55, 1), 1u << up | 1u << any);
}

static void test_bad_frames(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 0);
	struct net_frame f = frame(TO_ALL, 1, 64);

	add(NETSWITCH_ORDINARY, 0);
	out[6] |= 1;
	receive(a, f);
	memset(out + 6, 0, 6);
	receive(a, f);
	receive(a, frame(TO_ALL, 1, 13));
	receive(a, frame(TO_ALL, 1, NET_FRAME_MAX + 1));
	f = tcp_frame(TO_ALL, 1, GSO_TCPV4, 3000, 1400);
	f.gso_size = 0;
	receive(a, f);
	assert_int_equal(drops(a, NETSWITCH_BAD), 5);
	for (unsigned i = 0; i < 20; i++) { /* MAC control, BPDUs, ... stay on their link */
		f = frame(2, 1, 64);
		put_be(out, 4, 0x0180C200);
		put_be(out + 4, 2, i);
		receive(a, f);
	}
	assert_int_equal(drops(a, NETSWITCH_DENIED), 16);
	assert_int_equal(behind[1].frames, 4);
}

/* ---- in which form -------------------------------------------------------------- */

static void test_each_gets_what_it_takes(void **state)
{
	unsigned a = add(NETSWITCH_ORDINARY, 1);
	uint32_t bytes = 6000, pieces = 5; /* 5946 in pieces of 1400 */

	for (unsigned i = 1; i <= 4; i++)
		add(NETSWITCH_ORDINARY, i + 1);
	behind[1].takes = ALL;
	behind[2].takes = NET_TAKES_CSUM | NET_TAKES_TSO6;
	behind[3].takes = NET_TAKES_CSUM;
	behind[4].takes = 0;
	receive(a, tcp_frame(TO_ALL, 1, GSO_TCPV4, bytes, 1400));
	assert_int_equal(behind[1].frames, 1);
	assert_int_equal(behind[1].last.bytes, bytes);
	assert_int_equal(behind[1].last.header_bytes, 54);
	for (unsigned i = 2; i <= 4; i++) {
		assert_int_equal(behind[i].frames, pieces);
		assert_int_equal(behind[i].bytes, bytes + (pieces - 1) * 54);
		assert_true(csum_is_right(behind[i].data, behind[i].last.bytes, 34, 6));
	}
	receive(a, tcp_frame(TO_ALL, 1, GSO_TCPV6, 1000, 0));
	for (unsigned i = 1; i <= 3; i++)
		assert_true(behind[i].last.needs_csum);
	assert_false(behind[4].last.needs_csum);
	assert_true(csum_is_right(behind[4].data, 1000, 54, 6));
}

/* ---- against a model ------------------------------------------------------------ */

#define STATIONS 64u /* so that no port gets too many */

static struct model_port {
	enum netswitch_kind kind;
	unsigned mac;
} model[PORTS];
static int where[STATIONS]; /* the port a station was last seen at, or -1 */

static bool may_reach(unsigned from, unsigned to)
{
	enum netswitch_kind a = model[from].kind, b = model[to].kind;

	if (from == to || (a == NETSWITCH_UPLINK && b == NETSWITCH_UPLINK))
		return false;
	if (a == NETSWITCH_UPLINK || b == NETSWITCH_UPLINK)
		return true;
	return a == NETSWITCH_ORDINARY && b == NETSWITCH_ORDINARY;
}

/* Station n is port n's own if that has one. */
static uint32_t model_gets(unsigned port, unsigned ports, unsigned to, unsigned from)
{
	uint32_t who = 0;

	if (from <= ports && model[from - 1].mac ? from - 1 != port : model[port].mac)
		return 0;
	where[from] = (int)port;
	for (unsigned i = 0; i < ports; i++) {
		bool is_for_it =
			to == TO_ALL || (where[to] >= 0 ? where[to] == (int)i : !model[i].mac);

		if (is_for_it && may_reach(port, i))
			who |= 1u << i;
	}
	return who;
}

static void add_model_ports(unsigned ports)
{
	memset(where, 0xFF, sizeof(where));
	for (unsigned i = 0; i < ports; i++) {
		uint64_t r = unit_random(&source);

		model[i].kind = r % 5 == 0 ? NETSWITCH_UPLINK
				: r % 2    ? NETSWITCH_ORDINARY
					   : NETSWITCH_ISOLATED;
		model[i].mac = model[i].kind == NETSWITCH_UPLINK || r >> 8 & 1 ? 0 : i + 1;
		if (model[i].mac)
			where[i + 1] = (int)i;
		assert_int_equal(add(model[i].kind, model[i].mac), i);
	}
}

/* What came in went out, or was dropped for one reason. */
static void check_counters(unsigned ports, uint64_t frames, uint64_t delivered, uint64_t silent)
{
	uint64_t in = 0, got = 0, dropped = 0;

	for (unsigned i = 0; i < ports; i++) {
		in += net.ports[i].rx_frames;
		got += net.ports[i].tx_frames;
		assert_int_equal(net.ports[i].tx_frames, behind[i].frames);
		assert_int_equal(net.ports[i].tx_bytes, behind[i].bytes);
		for (unsigned d = 0; d < NETSWITCH_DROPS; d++)
			dropped += net.ports[i].drops[d];
		assert_int_equal(drops(i, NETSWITCH_STORM) + drops(i, NETSWITCH_FULL), 0);
	}
	assert_int_equal(in, frames);
	assert_int_equal(got, delivered);
	assert_int_equal(dropped, silent);
}

static void test_random_frames_against_the_model(void **state)
{
	for (unsigned round = 0; round < 30; round++) {
		unsigned ports = 2 + (unsigned)unit_random(&source) % (PORTS - 1);
		uint64_t delivered = 0, silent = 0;

		setup(NULL);
		add_model_ports(ports);
		for (unsigned n = 0; n < 2000; n++) {
			uint64_t r = unit_random(&source);
			unsigned port = (unsigned)r % ports, from = port + 1,
				 to = 1 + (unsigned)(r >> 16 & 0xFFFF) % (STATIONS - 1);
			uint32_t want;

			if (!model[port].mac || r >> 40 & 1)
				from = 1 + (unsigned)(r >> 48) % (STATIONS - 1);
			if ((r >> 41 & 7) == 0)
				to = TO_ALL;
			now += MS;
			want = model_gets(port, ports, to, from);
			delivered += (unsigned)__builtin_popcount(want);
			silent += !want;
			assert_int_equal(who_gets(port, to, from), want);
		}
		check_counters(ports, 2000, delivered, silent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SWITCH_TEST(test_learns_and_moves),
		SWITCH_TEST(test_forgets_after_300_s),
		SWITCH_TEST(test_64_addresses_a_port),
		SWITCH_TEST(test_a_full_table_has_place_for_own_addresses),
		SWITCH_TEST(test_a_port_goes_and_another_comes),
		SWITCH_TEST(test_isolated_ports_reach_uplinks_only),
		SWITCH_TEST(test_own_addresses),
		SWITCH_TEST(test_bad_frames),
		SWITCH_TEST(test_each_gets_what_it_takes),
		SWITCH_TEST(test_random_frames_against_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
