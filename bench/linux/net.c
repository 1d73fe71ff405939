/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations of the network: frames from eth0 to eth1 of the same kernel, TCP
 * within it, and TCP with another machine that runs `peer`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/linux/bench.h"

#define FRAME_TYPE  0x88B5 /* for experiments (IEEE 802) */
#define FRAME_SMALL 64
#define FRAME_LARGE 1514
#define BURST       32
#define LARGE       (64u << 10)
#define PORT        7777
#define OUR_ADDRESS "10.77.0.1"
#define PEER        "10.77.0.2"

static char buffer[LARGE];

/* ---- interfaces ----------------------------------------------------------------- */

static void set_address(int fd, const char *name, const char *address)
{
	struct ifreq r = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&r.ifr_addr;

	strncpy(r.ifr_name, name, sizeof(r.ifr_name) - 1);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr(address);
	if (ioctl(fd, SIOCSIFADDR, &r))
		die("SIOCSIFADDR");
}

/* False if there is no such interface, or it is not ours: only /init's are. address: NULL for none.
 */
static bool bring_up(const char *name, const char *address)
{
	struct ifreq r = {0};
	bool found;
	int fd;

	if (getpid() != 1)
		return !strcmp(name, "lo");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return false;
	strncpy(r.ifr_name, name, sizeof(r.ifr_name) - 1);
	found = !ioctl(fd, SIOCGIFFLAGS, &r);
	if (found && address)
		set_address(fd, name, address);
	r.ifr_flags |= IFF_UP;
	if (found && ioctl(fd, SIOCSIFFLAGS, &r))
		die("SIOCSIFFLAGS");
	close(fd);
	return found;
}

/* ---- frames --------------------------------------------------------------------- */

struct card {
	int fd;
	unsigned char mac[6];
};

static bool open_card(const char *name, struct card *c)
{
	struct sockaddr_ll a = {.sll_family = AF_PACKET,
				.sll_protocol = htons(FRAME_TYPE),
				.sll_ifindex = (int)if_nametoindex(name)};
	socklen_t size = sizeof(a);

	if (!bring_up(name, NULL))
		return false;
	c->fd = socket(AF_PACKET, SOCK_RAW, htons(FRAME_TYPE));
	if (c->fd < 0)
		return false;
	if (bind(c->fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockname(c->fd, (struct sockaddr *)&a, &size))
		die("bind to a card");
	memcpy(c->mac, a.sll_addr, sizeof(c->mac));
	return true;
}

static void send_frame(const struct card *from, const struct card *to, unsigned bytes)
{
	struct ether_header *h = (struct ether_header *)buffer;

	memcpy(h->ether_dhost, to->mac, 6);
	memcpy(h->ether_shost, from->mac, 6);
	h->ether_type = htons(FRAME_TYPE);
	if (send(from->fd, buffer, bytes, 0) != (ssize_t)bytes)
		die("send of a frame");
}

static void receive_frame(const struct card *at)
{
	if (recv(at->fd, buffer, FRAME_LARGE, 0) < 0)
		die("recv of a frame");
}

/* Both cards, up and known to the switch. False: there are no two. */
static bool open_cards(struct card *a, struct card *b)
{
	struct pollfd p = {.events = POLLIN};

	if (!open_card("eth0", a) || !open_card("eth1", b))
		return false;
	p.fd = b->fd;
	for (unsigned i = 0; i < 200; i++) { /* a link may take its time */
		send_frame(a, b, FRAME_SMALL);
		if (poll(&p, 1, 10) == 1) {
			while (poll(&p, 1, 50) == 1)
				receive_frame(b);
			return true;
		}
	}
	return false;
}

static void close_cards(const struct card *a, const struct card *b)
{
	close(a->fd);
	close(b->fd);
}

static unsigned do_frame_round_trip(void)
{
	struct card a, b;

	if (!open_cards(&a, &b))
		return 0;
	for (unsigned i = 0; i < 100; i++) {
		uint64_t start = ticks();

		send_frame(&a, &b, FRAME_SMALL);
		receive_frame(&b);
		send_frame(&b, &a, FRAME_SMALL);
		receive_frame(&a);
		samples[i] = ticks() - start;
	}
	close_cards(&a, &b);
	return 100;
}

static unsigned do_frame_burst(void)
{
	struct card a, b;

	if (!open_cards(&a, &b))
		return 0;
	for (unsigned i = 0; i < 50; i++) {
		uint64_t start = ticks();

		for (unsigned n = 0; n < BURST; n++)
			send_frame(&a, &b, FRAME_LARGE);
		for (unsigned n = 0; n < BURST; n++)
			receive_frame(&b);
		samples[i] = ticks() - start;
	}
	close_cards(&a, &b);
	return 50;
}

/* ---- TCP ------------------------------------------------------------------------ */

static void write_all(int fd, unsigned bytes)
{
	for (ssize_t n; bytes; bytes -= (unsigned)n) {
		n = write(fd, buffer, bytes < LARGE ? bytes : LARGE);
		if (n <= 0)
			die("write to a socket");
	}
}

/* False when the other side has closed it. */
static bool read_all(int fd, unsigned bytes)
{
	for (ssize_t n; bytes; bytes -= (unsigned)n) {
		n = read(fd, buffer, bytes < LARGE ? bytes : LARGE);
		if (n <= 0)
			return false;
	}
	return true;
}

static struct sockaddr_in address_of(const char *text)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(PORT),
				    .sin_addr = {.s_addr = inet_addr(text)}};
}

static int listen_at(const char *address)
{
	struct sockaddr_in a = address_of(address);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 4))
		die("listen");
	return fd;
}

static int connect_to(const char *address, unsigned tries)
{
	struct sockaddr_in a = address_of(address);
	struct timespec pause = {0, 100000000};
	int one = 1;

	for (;;) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
			return fd;
		close(fd);
		if (!--tries)
			return -1;
		nanosleep(&pause, NULL);
	}
}

/* Both ends of a connection within this kernel. */
static bool connect_self(int *a, int *b)
{
	int listening;

	if (!bring_up("lo", NULL))
		return false;
	listening = listen_at("127.0.0.1");
	*a = connect_to("127.0.0.1", 1);
	if (*a < 0)
		die("connect");
	*b = accept(listening, NULL, NULL);
	close(listening);
	return true;
}

static unsigned do_tcp_local(void)
{
	int a, b;

	if (!connect_self(&a, &b))
		return 0;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t start = ticks();

		write_all(a, 1);
		read_all(b, 1);
		write_all(b, 1);
		read_all(a, 1);
		samples[i] = ticks() - start;
	}
	close(a);
	close(b);
	return 200;
}

static unsigned do_tcp_local_16k(void)
{
	int a, b;

	if (!connect_self(&a, &b))
		return 0;
	for (unsigned i = 0; i < 100; i++) {
		uint64_t start = ticks();

		write_all(a, 16 << 10);
		read_all(b, 16 << 10);
		samples[i] = ticks() - start;
	}
	close(a);
	close(b);
	return 100;
}

/* The other machine: gives a byte back for every `what` bytes, the first four say how many. */
static unsigned do_peer(void)
{
	int listening;

	if (!bring_up("eth0", PEER))
		die("eth0");
	listening = listen_at("0.0.0.0");
	for (;;) {
		int fd = accept(listening, NULL, NULL), one = 1;
		uint32_t what;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (read(fd, &what, sizeof(what)) == sizeof(what))
			while (read_all(fd, what))
				write_all(fd, 1);
		close(fd);
	}
}

static unsigned with_peer(uint32_t bytes, unsigned rounds)
{
	int fd;

	if (!bring_up("eth0", OUR_ADDRESS))
		return 0;
	fd = connect_to(PEER, 20);
	if (fd < 0)
		return 0;
	if (write(fd, &bytes, sizeof(bytes)) != sizeof(bytes))
		die("write to a socket");
	for (unsigned i = 0; i < rounds; i++) {
		uint64_t start = ticks();

		write_all(fd, bytes);
		read_all(fd, 1);
		samples[i] = ticks() - start;
	}
	close(fd);
	return rounds;
}

static unsigned do_tcp_peer(void)
{
	return with_peer(1, 200);
}

static unsigned do_tcp_peer_1m(void)
{
	return with_peer(1 << 20, 20);
}

const struct operation net_operations[] = {
	{"tcp_local", do_tcp_local, false},
	{"tcp_local_16k", do_tcp_local_16k, false},
	{"frame_round_trip", do_frame_round_trip, false},
	{"frame_burst_32", do_frame_burst, false},
	{"tcp_peer", do_tcp_peer, true},
	{"tcp_peer_1m", do_tcp_peer_1m, true},
	{"peer", do_peer, true},
	{NULL, NULL, false},
};
