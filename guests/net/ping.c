/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP echo (RFC 792): answers those of others, sends its own and prints round-trip times. */
#include <linux/icmp.h>
#include <linux/in.h>

#include "guests/lib/console.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/net/net.h"

#define PING_ID    0x4748u
#define PING_BYTES 56u /* of data, as ping(8) sends */

/* So long is waited before who has the address is asked once more. */
#define RETRY_NS (20ull * NSEC_PER_MSEC)

struct ping ping;

static uint32_t us(uint64_t ns)
{
	return (uint32_t)div_u64(ns, NSEC_PER_USEC, NULL);
}

static bool echo_send(void)
{
	struct icmphdr *h = ip_packet(ping.to, IPPROTO_ICMP);
	uint8_t *data;

	if (!h)
		return false;
	data = (uint8_t *)(h + 1);
	*h = (struct icmphdr){.type = ICMP_ECHO};
	h->un.echo.id = be16(PING_ID);
	h->un.echo.sequence = be16((uint16_t)(ping.sent + 1));
	for (uint32_t n = 0; n < PING_BYTES; n++)
		data[n] = (uint8_t)n;
	h->checksum = ip_checksum(h, sizeof(*h) + PING_BYTES, 0);
	ip_send(sizeof(*h) + PING_BYTES);
	return true;
}

static void print_summary(void)
{
	char text[IP_TEXT];

	printf("%u pings to %s, %u answered", ping.sent, ip_text(text, ping.to), ping.answered);
	if (ping.answered)
		printf(", min/avg/max %u/%u/%u us", us(ping.min_ns),
		       us(div_u64(ping.sum_ns, ping.answered, NULL)), us(ping.max_ns));
	printf("\n");
}

static void print_lost(void)
{
	char text[IP_TEXT];

	if (ping.is_waiting)
		printf("no answer from %s: icmp_seq=%u\n", ip_text(text, ping.to), ping.sent);
	ping.is_waiting = false;
}

bool ping_is_done(void)
{
	return !ping.to || (ping.count && ping.sent == ping.count && !ping.is_waiting);
}

uint64_t ping_work(uint64_t now)
{
	if (ping_is_done())
		return ~0ull;
	if (now < ping.next_ns)
		return ping.next_ns;
	print_lost();
	if (ping_is_done()) {
		print_summary();
		return ~0ull;
	}
	if (!echo_send())
		return now + RETRY_NS;
	ping.sent++;
	ping.sent_ns = now;
	ping.next_ns = now + ping.period_ns;
	ping.is_waiting = true;
	return ping.next_ns;
}

static void reply_input(uint32_t from, const struct icmphdr *h, uint32_t bytes)
{
	uint64_t ns = now_ns() - ping.sent_ns;
	char text[IP_TEXT];

	if (!ping.is_waiting || from != ping.to || h->un.echo.id != be16(PING_ID) ||
	    h->un.echo.sequence != be16((uint16_t)ping.sent)) {
		net.ignored++;
		return;
	}
	ping.is_waiting = false;
	ping.answered++;
	ping.sum_ns += ns;
	if (ping.answered == 1 || ns < ping.min_ns)
		ping.min_ns = ns;
	if (ns > ping.max_ns)
		ping.max_ns = ns;
	printf("%u bytes from %s: icmp_seq=%u time=%u.%03u ms\n", bytes, ip_text(text, from),
	       ping.sent, us(ns) / 1000, us(ns) % 1000);
	if (ping_is_done())
		print_summary();
}

static void request_input(uint32_t from, const struct icmphdr *h, uint32_t bytes)
{
	struct icmphdr *answer = ip_packet(from, IPPROTO_ICMP);

	if (!answer)
		return;
	memcpy(answer, h, bytes);
	answer->type = ICMP_ECHOREPLY;
	answer->checksum = 0;
	answer->checksum = ip_checksum(answer, bytes, 0);
	ip_send(bytes);
}

void icmp_input(uint32_t from, const uint8_t *data, uint32_t bytes)
{
	const struct icmphdr *h = (const struct icmphdr *)data;

	if (bytes < sizeof(*h) || bytes > IP_PAYLOAD || ip_checksum(data, bytes, 0))
		net.broken++;
	else if (h->type == ICMP_ECHOREPLY && !h->code)
		reply_input(from, h, bytes);
	else if (h->type == ICMP_ECHO && !h->code)
		request_input(from, h, bytes);
	else
		net.ignored++;
}
