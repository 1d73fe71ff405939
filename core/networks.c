/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks by name: who is on which, and real cards that join. */
#include "core/networks.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/host_devices.h"
#include "core/latency.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/netswitch.h"
#include "core/uplink.h"
#include "core/util.h"

struct network {
	const char *name;
	struct netswitch sw;
};

static struct network *networks[NETWORKS_MAX];
static unsigned network_count;
static struct uplink uplinks[CONFIG_MAX_UPLINKS];

static struct network *find_or_make(const char *name)
{
	struct network *n;

	for (unsigned i = 0; i < network_count; i++)
		if (!strcmp(networks[i]->name, name))
			return networks[i];
	if (network_count == NETWORKS_MAX)
		return NULL;
	n = host_pages(sizeof(*n));
	if (!n)
		return NULL;
	n->name = name;
	netswitch_init(&n->sw);
	networks[network_count++] = n;
	return n;
}

const struct netswitch *network_look(unsigned n, const char **name)
{
	if (n >= network_count)
		return NULL;
	*name = networks[n]->name;
	return &networks[n]->sw;
}

static void join_card(struct uplink *up, const struct config_uplink *want)
{
	struct nic *card = host_card(want->card);
	struct network *n;

	if (!card) {
		log_error("uplink=%s: there is no eth%u", want->network, want->card);
		return;
	}
	if (card->received) {
		log_error("uplink=%s: eth%u is on another network already", want->network,
			  want->card);
		return;
	}
	n = find_or_make(want->network);
	if (!n || uplink_init(up, &n->sw, card) < 0) {
		log_error("uplink=%s: more than %u networks, or than a network has ports",
			  want->network, NETWORKS_MAX);
		return;
	}
	log_info("network \"%s\": %s is its uplink", want->network, card->name);
}

void networks_init(const struct config *cfg)
{
	for (unsigned i = 0; i < cfg->uplink_count; i++)
		join_card(&uplinks[i], &cfg->uplinks[i]);
}

/*
 * A large segment is up to 64 KiB, cut and copied at one go: interrupts are let
 * in between, to be acknowledged; what follows from them waits. (I6)
 */
#define BREATH_BYTES KIB(16)

static uint32_t since_breath;

static void breathe(uint32_t bytes)
{
	since_breath += bytes;
	if (since_breath < BREATH_BYTES)
		return;
	since_breath = 0;
	latency_breathe();
}

static void from_guest(void *port, struct net_frame *f)
{
	struct network_port *p = port;

	breathe(f->bytes); /* what it took to gather it */
	netswitch_receive(p->network, p->number, f, clock_now_ns());
}

static bool to_guest(void *owner, const struct net_frame *f)
{
	struct network_port *p = owner;

	bool taken = virtio_net_receive(&p->net, f);

	breathe(f->bytes);
	return taken;
}

static unsigned takes(const void *owner)
{
	const struct network_port *p = owner;

	return virtio_net_takes(&p->net);
}

static unsigned room(const void *owner)
{
	const struct network_port *p = owner;

	return virtio_net_room(&p->net);
}

static const struct virtio_net_ends guest_ends = {.send = from_guest};
static const struct netswitch_ends switch_ends = {.send = to_guest, .takes = takes, .room = room};

static uint32_t mix(uint32_t hash, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ at[i]) * 16777619u; /* FNV-1a */
	return hash;
}

/* A locally administered address that stays the guest's. */
static void make_mac(uint8_t mac[NET_MAC], const char *guest, unsigned index)
{
	const struct nic *card = host_card(0);
	uint32_t hash = 2166136261u;

	if (card)
		hash = mix(hash, card->mac, sizeof(card->mac));
	hash = mix(hash, guest, strlen(guest));
	mac[0] = 0x02;
	mac[1] = (uint8_t)index;
	memcpy(mac + 2, &hash, sizeof(hash));
}

int network_join(struct network_port *p, const struct config_net *want, const char *guest,
		 unsigned index, char *why, size_t why_bytes)
{
	static const struct vmem no_memory;
	struct network *n = find_or_make(want->network);
	uint8_t mac[NET_MAC];
	int port;

	if (!n) {
		snprintf(why, why_bytes, "net=%s: no memory, or more than %u networks",
			 want->network, NETWORKS_MAX);
		return -ENOMEM;
	}
	if (want->has_mac)
		memcpy(mac, want->mac, sizeof(mac));
	else
		make_mac(mac, guest, index);
	port = netswitch_add(&n->sw, want->isolated ? NETSWITCH_ISOLATED : NETSWITCH_ORDINARY, mac,
			     &switch_ends, p);
	if (port < 0) {
		snprintf(why, why_bytes,
			 port == -EEXIST ? "net=%s: another has the address "
					   "%02x:%02x:%02x:%02x:%02x:%02x there"
					 : "net=%s: all of its ports are taken",
			 want->network, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		return port;
	}
	p->network = &n->sw;
	p->number = (unsigned)port;
	virtio_net_init(&p->net, &no_memory, mac, &guest_ends, p);
	return 0;
}

const char *network_port_user(const struct netswitch *s, unsigned port)
{
	const void *owner = s->ports[port].owner;

	if (s->uplinks >> port & 1)
		return ((const struct uplink *)owner)->nic->name;
	return guest_name(((const struct network_port *)owner)->net.device.owner);
}
