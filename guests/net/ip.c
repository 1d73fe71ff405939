/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet, ARP (RFC 826) and IPv4 (RFC 791): who is where, and what is whole. */
#include <linux/if_arp.h>
#include <linux/in.h>

#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/net/net.h"
#include "guests/net/tcp.h"

#define NEIGHBOURS    8u
#define ASK_PERIOD_NS (100ull * NSEC_PER_MSEC)

/* ARP for IPv4 on Ethernet. */
struct arp_packet {
	struct arphdr head;
	uint8_t from_mac[ETH_ALEN];
	uint32_t from;
	uint8_t to_mac[ETH_ALEN];
	uint32_t to;
} __attribute__((packed));

struct neighbour {
	uint32_t address;
	uint8_t mac[ETH_ALEN];
	bool is_known;
	uint64_t asked_ns;
};

struct net net;

static struct neighbour neighbours[NEIGHBOURS];
static uint8_t *packet; /* the frame ip_packet() gave */

static const uint8_t everybody[ETH_ALEN] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* ---- checksums and text ----------------------------------------------------------------- */

static uint32_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint32_t)sum;
}

uint16_t ip_checksum(const void *data, uint32_t bytes, uint32_t start)
{
	const uint8_t *at = data;
	uint64_t sum = start;
	uint32_t word;

	for (; bytes >= 4; bytes -= 4, at += 4) {
		__builtin_memcpy(&word, at, 4);
		sum += word;
	}
	word = 0;
	memcpy(&word, at, bytes);
	return (uint16_t)~fold(sum + word);
}

uint32_t ip_pseudo_sum(uint32_t from, uint32_t to, uint8_t protocol, uint32_t bytes)
{
	return fold((uint64_t)from + to + be16((uint16_t)protocol) + be16((uint16_t)bytes));
}

char *ip_text(char text[IP_TEXT], uint32_t address)
{
	uint32_t a = be32(address);

	snprintf(text, IP_TEXT, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	return text;
}

bool ip_parse(const char *text, uint32_t *address, const char **end)
{
	uint32_t value = 0;

	for (unsigned part = 0; part < 4; part++) {
		uint32_t number = 0, digits = 0;

		if (part && *text++ != '.')
			return false;
		for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++)
			number = number * 10 + (uint32_t)(*text - '0');
		if (!digits || number > 255)
			return false;
		value = value << 8 | number;
	}
	*address = be32(value);
	*end = text;
	return true;
}

/* ---- who is where ------------------------------------------------------------------------- */

/* The entry of the address; otherwise an old one that is given up for it. */
static struct neighbour *neighbour_of(uint32_t address)
{
	static uint32_t next;
	struct neighbour *n;

	for (n = neighbours; n < neighbours + NEIGHBOURS; n++)
		if (n->address == address)
			return n;
	n = &neighbours[next++ % NEIGHBOURS];
	*n = (struct neighbour){.address = address};
	return n;
}

static struct ethhdr *frame_start(const uint8_t *to, uint16_t type)
{
	struct ethhdr *h = (struct ethhdr *)card_tx();

	if (!h)
		return NULL;
	memcpy(h->h_dest, to, ETH_ALEN);
	memcpy(h->h_source, card_mac, ETH_ALEN);
	h->h_proto = be16(type);
	return h;
}

static void arp_send(uint16_t operation, const uint8_t *to_mac, uint32_t to)
{
	struct ethhdr *h = frame_start(to_mac, ETH_P_ARP);
	struct arp_packet *p;

	if (!h)
		return;
	p = (struct arp_packet *)(h + 1);
	p->head = (struct arphdr){be16(ARPHRD_ETHER), be16(ETH_P_IP), ETH_ALEN, 4, be16(operation)};
	memcpy(p->from_mac, card_mac, ETH_ALEN);
	p->from = net.address;
	memcpy(p->to_mac, to_mac, ETH_ALEN);
	p->to = to;
	card_send(sizeof(*h) + sizeof(*p));
}

static void arp_input(const uint8_t *data, uint32_t bytes)
{
	const struct arp_packet *p = (const struct arp_packet *)data;
	struct neighbour *n;

	if (bytes < sizeof(*p) || p->head.ar_hrd != be16(ARPHRD_ETHER) ||
	    p->head.ar_pro != be16(ETH_P_IP) || p->head.ar_hln != ETH_ALEN || p->head.ar_pln != 4) {
		net.broken++;
		return;
	}
	if (p->to != net.address || p->from == net.address || !p->from) {
		net.ignored++;
		return;
	}
	n = neighbour_of(p->from);
	memcpy(n->mac, p->from_mac, ETH_ALEN);
	n->is_known = true;
	if (p->head.ar_op == be16(ARPOP_REQUEST))
		arp_send(ARPOP_REPLY, p->from_mac, p->from);
}

/* Where frames to the address go, or NULL: it is being asked for. */
static const uint8_t *mac_of(uint32_t to)
{
	bool is_near = !((to ^ net.address) & net.mask);
	struct neighbour *n;
	uint64_t now;

	if (!is_near && !net.gateway)
		return NULL;
	n = neighbour_of(is_near ? to : net.gateway);
	if (n->is_known)
		return n->mac;
	now = now_ns();
	if (!n->asked_ns || now - n->asked_ns >= ASK_PERIOD_NS) {
		n->asked_ns = now;
		arp_send(ARPOP_REQUEST, everybody, n->address);
	}
	return NULL;
}

/* ---- packets ------------------------------------------------------------------------------ */

void *ip_packet(uint32_t to, uint8_t protocol)
{
	const uint8_t *mac = mac_of(to);
	struct ethhdr *h = mac ? frame_start(mac, ETH_P_IP) : NULL;
	struct iphdr *ip;

	packet = (uint8_t *)h;
	if (!h)
		return NULL;
	ip = (struct iphdr *)(h + 1);
	*ip = (struct iphdr){.version = 4,
			     .ihl = sizeof(*ip) / 4,
			     .frag_off = be16(0x4000), /* do not fragment */
			     .ttl = 64,
			     .protocol = protocol,
			     .saddr = net.address,
			     .daddr = to};
	return ip + 1;
}

void ip_send(uint32_t payload_bytes)
{
	struct iphdr *ip = (struct iphdr *)(packet + ETH_HLEN);

	ip->tot_len = be16((uint16_t)(sizeof(*ip) + payload_bytes));
	ip->check = ip_checksum(ip, sizeof(*ip), 0);
	card_send(ETH_HLEN + sizeof(*ip) + payload_bytes);
}

/* 0, or the length of the header in bytes when the packet is whole and in one piece. */
static uint32_t header_bytes(const struct iphdr *ip, uint32_t bytes)
{
	uint32_t header, total;

	if (bytes < sizeof(*ip))
		return 0;
	header = ip->ihl * 4u;
	total = be16(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || total < header || total > bytes)
		return 0;
	/* 0x3FFF: more fragments, or not the first */
	if (ip_checksum(ip, header, 0) || be16(ip->frag_off) & 0x3FFF)
		return 0;
	return header;
}

static void ip_input(const uint8_t *data, uint32_t bytes)
{
	const struct iphdr *ip = (const struct iphdr *)data;
	uint32_t header = header_bytes(ip, bytes), payload;

	if (!header) {
		net.broken++;
		return;
	}
	payload = be16(ip->tot_len) - header;
	if (ip->daddr != net.address || ip->saddr == net.address)
		net.ignored++;
	else if (ip->protocol == IPPROTO_ICMP)
		icmp_input(ip->saddr, data + header, payload);
	else if (ip->protocol == IPPROTO_TCP)
		tcp_input(ip->saddr, data + header, payload);
	else
		net.ignored++;
}

void net_input(const uint8_t *frame, uint32_t bytes)
{
	const struct ethhdr *h = (const struct ethhdr *)frame;

	if (bytes < sizeof(*h)) {
		net.broken++;
		return;
	}
	if (memcmp(h->h_dest, card_mac, ETH_ALEN) && memcmp(h->h_dest, everybody, ETH_ALEN))
		net.ignored++;
	else if (h->h_proto == be16(ETH_P_ARP))
		arp_input(frame + sizeof(*h), bytes - sizeof(*h));
	else if (h->h_proto == be16(ETH_P_IP))
		ip_input(frame + sizeof(*h), bytes - sizeof(*h));
	else
		net.ignored++;
}
