/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two guests talk on while a third one sends broadcasts as fast as it can. */
/* paging: 2level */
/* expect: success */
/* guest-line: net=lan,mac=02:00:00:00:00:01 */
/* peer: net_loop net=lan,mac=02:00:00:00:00:02 -- peer */
/* peer: net_storm net=lan,mac=02:00:00:00:00:03 -- peer */
/* cases: 2 */
#include "test/guests/lib/gnet.h"

#define EXCHANGES 100u
#define LOST_MAX  10u

static struct gnet g;
static struct gnet_frame f, heard;

/* A new one every time, since the peer sends back what it hears. */
static void storm(void)
{
	for (uint32_t n = 0;; n++) {
		CHECK(n < 100000, "nobody says that it is over");
		gnet_make(&g, &f, GNET_ALL, GNET_STORM, n, n & 1 ? 60 : 1514);
		gnet_send(&g, &f);
		clock_count = 1; /* no wait */
		while (gnet_receive(&g, &heard))
			if (gnet_kind_of(&heard) == GNET_END)
				return;
	}
}

static bool is_stormy(void)
{
	set_deadline(GVIRTIO_PATIENCE_NS);
	while (gnet_receive(&g, &heard))
		if (gnet_kind_of(&heard) == GNET_STORM && gnet_is_from(&heard, 3))
			return true;
	return false;
}

void test_main(void)
{
	uint32_t lost = 0;

	gnet_open(&g, 0, 0);
	if (boot_has_word("peer")) {
		storm();
		return;
	}
	CHECK(is_stormy(), "no storm");
	gnet_hello(&g, 2);
	for (uint32_t n = 0; n < EXCHANGES; n++) {
		lost += !gnet_echoed(&g, 2, n, 60 + n * 7);
		CHECK(lost <= LOST_MAX, "%u of %u frames lost in the storm", lost, n + 1);
	}
	CHECK(is_stormy(), "the storm is over before its time");
	printf("%u frames, %u lost, %u heard\n", EXCHANGES, lost, g.received);
	for (unsigned n = 0; n < 5; n++) {
		gnet_end(&g, 3);
		gnet_end(&g, 2);
	}
}
