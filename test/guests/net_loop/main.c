/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two guests exchange frames of all sizes; nobody speaks under another's address. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: net=lan,mac=02:00:00:00:00:01 */
/* peer: net_loop net=lan,mac=02:00:00:00:00:02 -- peer */
/* cases: 2 */
#include "test/guests/lib/gnet.h"

static struct gnet g;

/* Under an address of nobody, and of the peer. It would end and not answer any more. */
static void check_spoofing(void)
{
	static const uint8_t others[] = {0x55, 2};
	static struct gnet_frame f;

	for (unsigned n = 0; n < ARRAY_SIZE(others); n++) {
		gnet_make(&g, &f, 2, GNET_END, 7, 60);
		f.data[2 * ETH_ALEN - 1] = others[n];
		gnet_send(&g, &f);
		CHECK(gnet_echoed(&g, 2, 9000 + n, 60), "the end was heard that address 0x%x said",
		      others[n]);
	}
}

static void check_broadcast(void)
{
	static struct gnet_frame f;
	uint32_t before = g.received;

	gnet_make(&g, &f, GNET_ALL, GNET_ECHO, 8, 100);
	gnet_send(&g, &f);
	set_deadline(1000000000);
	do
		CHECK(gnet_receive(&g, &f), "nobody answers a broadcast");
	while (gnet_number_of(&f) != 8);
	gnet_check(&f, GNET_ECHO, 8, 100);
	CHECK(gnet_is_from(&f, 2), "one's own broadcast");
	CHECK(g.received - before <= 3, "%u answers", g.received - before);
}

void test_main(void)
{
	gnet_open(&g, 0, 0);
	if (boot_has_word("peer")) {
		gnet_serve(&g);
		return;
	}
	gnet_hello(&g, 2);
	for (uint32_t bytes = ETH_HLEN; bytes <= 1514; bytes++)
		CHECK(gnet_echoed(&g, 2, bytes, bytes), "no answer to a frame of %u bytes", bytes);
	check_spoofing();
	check_broadcast();
	gnet_end(&g, 2);
}
