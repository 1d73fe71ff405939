/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real network card at a port of a switch. */
#ifndef GATEHOUSE_CORE_UPLINK_H
#define GATEHOUSE_CORE_UPLINK_H

#include "core/netswitch.h"
#include "core/nic.h"

struct uplink {
	struct nic *nic;
	struct netswitch *net;
	unsigned port; /* where all is counted: a full ring, or no link, is NETSWITCH_FULL */
};

/*
 * Connects them for good: what the card receives goes into the switch, and the
 * switch's frames to the card while its link is up and its ring has room. The
 * caller goes on polling the card. 0, or netswitch_add()'s error.
 */
int uplink_init(struct uplink *u, struct netswitch *net, struct nic *nic);

#endif
