/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest on a network, with a small IPv4 stack of its own: it answers pings and
 * takes TCP streams on port 5001. Words of its command line:
 *
 *	addr=10.0.0.1/24   its address
 *	gw=10.0.0.254      who knows the way to other networks
 *	ping=10.0.0.2      pings it, every period_ms=1000, count= times (0: for ever)
 *	send=10.0.0.2:5001 sends mib=64 MiB there, as seed= says
 *	port=5001          where it takes streams
 *	streams=N          so many are to be taken
 *	pci                the card on the PCI bus
 *
 * When all of count=, send= and streams= that were given are done, it powers off,
 * linger_ms=1000 later; without any it stays.
 */
/* paging: 2level */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/give_up.h"
#include "guests/lib/irq.h"
#include "guests/lib/time.h"
#include "guests/net/net.h"
#include "guests/net/stream.h"
#include "guests/net/tcp.h"

#define FRAMES_AT_ONCE 64u
#define SLEEP_MIN_NS   1000u
#define SLEEP_MAX_NS   1000000000u

/* The address behind name=; *end: what follows. False if there is no such word. */
static bool read_address(const char *name, uint32_t *address, const char **end)
{
	const char *text = boot_text(name);

	if (!text)
		return false;
	if (!ip_parse(text, address, end))
		give_up("%s= is not an address such as 10.0.0.1", name);
	return true;
}

/* The number behind a sign, if that sign is there. */
static uint32_t number_after(char sign, const char *text, uint32_t otherwise)
{
	uint32_t number = 0;

	if (*text != sign)
		return otherwise;
	for (text++; *text >= '0' && *text <= '9' && number < 65536; text++)
		number = number * 10 + (uint32_t)(*text - '0');
	return number;
}

static void configure(void)
{
	char text[IP_TEXT], gateway[IP_TEXT];
	const char *end;
	uint32_t bits;

	if (!read_address("addr", &net.address, &end))
		give_up("its command line has no address: addr=10.0.0.1/24");
	bits = number_after('/', end, 24);
	if (!bits || bits > 32)
		give_up("addr= has a network of %u bits; there are 1 to 32", bits);
	net.mask = be32(~0u << (32 - bits));
	read_address("gw", &net.gateway, &end);
	card_open(boot_has_word("pci"));
	printf("%s/%u, card %02x:%02x:%02x:%02x:%02x:%02x, gateway %s\n",
	       ip_text(text, net.address), bits, card_mac[0], card_mac[1], card_mac[2], card_mac[3],
	       card_mac[4], card_mac[5], net.gateway ? ip_text(gateway, net.gateway) : "none");
}

static void jobs_start(void)
{
	uint32_t to, period_ms = boot_number("period_ms", 1000);
	const char *end;

	ping.count = boot_number("count", 0);
	ping.period_ns = (uint64_t)(period_ms ? period_ms : 1) * NSEC_PER_MSEC;
	read_address("ping", &ping.to, &end);
	server_start((uint16_t)boot_number("port", STREAM_PORT));
	if (read_address("send", &to, &end))
		sender_start(to, (uint16_t)number_after(':', end, STREAM_PORT),
			     boot_number("mib", 64), boot_number("seed", 1));
}

static bool has_jobs(void)
{
	return (ping.to && ping.count) || boot_text("send") || boot_number("streams", 0);
}

static bool jobs_are_done(void)
{
	return ping_is_done() && sender_is_done() && server_count() >= boot_number("streams", 0);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Takes what came, does what is due; returns when to do so again if nothing comes. */
static uint64_t work(void)
{
	uint32_t bytes, frames = 0;
	const uint8_t *frame;
	uint64_t now, next;

	while (frames++ < FRAMES_AT_ONCE && (frame = card_receive(&bytes)))
		net_input(frame, bytes);
	now = now_ns();
	next = earlier(ping_work(now), sender_work(now));
	for (unsigned n = 0; n < TCP_CONNECTIONS; n++)
		next = earlier(next, tcp_work(&tcp_connections[n], now));
	card_flush();
	return frames > FRAMES_AT_ONCE ? now : next;
}

/* Interrupts are off; afterwards, too. */
static void sleep_to(uint64_t next)
{
	uint64_t now = now_ns(), ns = next > now ? next - now : 0;

	if (ns < SLEEP_MIN_NS)
		return;
	clock_arm_ns(ns < SLEEP_MAX_NS ? (uint32_t)ns : SLEEP_MAX_NS);
	irq_halt();
	irq_disable();
}

void guest_main(void)
{
	uint64_t linger_ns = (uint64_t)boot_number("linger_ms", 1000) * NSEC_PER_MSEC, end = 0;
	bool ends;

	configure();
	jobs_start();
	ends = has_jobs();
	irq_disable();
	while (!end || now_ns() < end) {
		uint64_t next = work();

		if (ends && !end && jobs_are_done())
			end = now_ns() + linger_ns;
		sleep_to(end ? earlier(next, end) : next);
	}
	printf("%u packets were not for us, %u broken\n", net.ignored, net.broken);
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "net is done");
}
