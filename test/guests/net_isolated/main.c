/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An isolated guest and its neighbours hear nothing of each other, whoever begins. */
/* paging: 2level */
/* expect: success */
/* guest-line: net=a,mac=02:00:00:00:00:01 net=b,mac=02:00:00:00:00:01 */
/* peer: net_isolated net=a,isolated,mac=02:00:00:00:00:02 net=b,mac=02:00:00:00:00:02 -- peer */
/* peer: net_loop net=a,mac=02:00:00:00:00:03 -- peer */
/* cases: 2 */
#include "test/guests/lib/gnet.h"

#define SHOUTS 20u

static struct gnet lan, aside;
static struct gnet_frame f;

static void shout(unsigned to)
{
	for (unsigned n = 0; n < SHOUTS; n++) {
		gnet_make(&lan, &f, to, GNET_ECHO, n, 60);
		gnet_send(&lan, &f);
		gnet_make(&lan, &f, GNET_ALL, GNET_ECHO, n, 60);
		gnet_send(&lan, &f);
	}
}

static void count_received(void)
{
	set_deadline(100 * NSEC_PER_MSEC);
	while (gnet_receive(&lan, &f))
		;
}

/* Does as it is told on the other network, and says how many frames it has heard of on this one. */
static void isolated(void)
{
	for (;;) {
		set_deadline(GVIRTIO_PATIENCE_NS);
		CHECK(gnet_receive(&aside, &f), "nobody says that it is over");
		if (gnet_kind_of(&f) == GNET_END)
			return;
		if (gnet_kind_of(&f) == GNET_SHOUT) {
			shout(1);
			shout(3);
			count_received();
			gnet_make(&aside, &f, 1, GNET_REPORT, lan.received, 60);
		} else {
			gnet_make(&aside, &f, 1, GNET_ECHO, gnet_number_of(&f), 60);
		}
		gnet_send(&aside, &f);
	}
}

void test_main(void)
{
	gnet_open(&lan, 0, 0);
	gnet_open(&aside, 1, 0);
	if (boot_has_word("peer")) {
		isolated();
		return;
	}
	gnet_hello(&lan, 3);
	gnet_hello(&aside, 2);
	count_received();
	lan.received = 0;
	shout(2);
	gnet_make(&aside, &f, 2, GNET_SHOUT, 0, 60);
	gnet_send(&aside, &f);
	set_deadline(GVIRTIO_PATIENCE_NS);
	do
		CHECK(gnet_receive(&aside, &f), "no report");
	while (gnet_kind_of(&f) != GNET_REPORT);
	CHECK(gnet_number_of(&f) == 0, "the isolated guest heard %u frames", gnet_number_of(&f));
	set_deadline(100 * NSEC_PER_MSEC);
	while (gnet_receive(&lan, &f))
		CHECK(!gnet_is_from(&f, 2), "a frame of the isolated guest");
	CHECK(lan.received == SHOUTS, "%u answers to %u broadcasts", lan.received, SHOUTS);
	gnet_end(&aside, 2);
	gnet_end(&lan, 3);
}
