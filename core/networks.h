/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The networks guests are on: a switch for each name in the configuration,
 * with an uplink where a real card joins it.
 */
#ifndef GATEHOUSE_CORE_NETWORKS_H
#define GATEHOUSE_CORE_NETWORKS_H

#include "core/config.h"
#include "core/virtio/net.h"

#define NETWORKS_MAX 8u

struct netswitch;

/* A guest's end. Stays for ever. */
struct network_port {
	struct virtio_net net;
	struct netswitch *network;
	unsigned number; /* of the port */
};

/* Joins cards to networks (uplink=); host_card()s are known. */
void networks_init(const struct config *cfg);

/*
 * Makes a guest's card on that network, the index-th of the guest of that
 * name. Without mac= its address follows from the machine's first card and the
 * guest's name: the same at each boot, another on another machine. 0, or an
 * error and why in words.
 */
int network_join(struct network_port *p, const struct config_net *want, const char *guest,
		 unsigned index, char *why, size_t why_bytes);

/* Network n and its name; NULL behind the last. */
const struct netswitch *network_look(unsigned n, const char **name);

/* Who is at one of its used ports: a guest's name, or the card's. */
const char *network_port_user(const struct netswitch *s, unsigned port);

#endif
