/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real network card at a port of a switch. */
#include "core/uplink.h"

#include "core/delay.h"
#include "core/lib.h"

/* The switch has cut it and summed it up, as a port without takes() wants it. */
static bool send(void *owner, const struct net_frame *f)
{
	struct nic *nic = ((struct uplink *)owner)->nic;
	uint8_t *to = nic->link_up ? nic->ops->tx_begin(nic) : NULL;

	if (!to)
		return false;
	memcpy(to, f->data, f->bytes);
	nic->ops->tx_send(nic, f->bytes);
	return true;
}

/* Nobody writes into a frame that is complete, so it need not be copied first. */
static void received(struct nic *nic, const uint8_t *frame, uint32_t bytes)
{
	struct net_frame f = {.data = (uint8_t *)(uintptr_t)frame, .bytes = bytes};
	const struct uplink *u = nic->owner;

	netswitch_receive(u->net, u->port, &f, delay_now_ns());
}

int uplink_init(struct uplink *u, struct netswitch *net, struct nic *nic)
{
	static const struct netswitch_ends ends = {.send = send};
	int port = netswitch_add(net, NETSWITCH_UPLINK, NULL, &ends, u);

	if (port < 0)
		return port;
	*u = (struct uplink){.nic = nic, .net = net, .port = (unsigned)port};
	nic->owner = u;
	nic->received = received;
	return 0;
}
