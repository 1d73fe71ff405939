/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network device (virtio 1.0, 5.1): one pair of queues. */
#ifndef GATEHOUSE_CORE_VIRTIO_NET_H
#define GATEHOUSE_CORE_VIRTIO_NET_H

#include "core/net_frame.h"
#include "core/virtio/device.h"

/* Where frames go. */
struct virtio_net_ends {
	/*
	 * A frame of the guest's, in memory of ours; takes what it likes of it
	 * before it returns, may change the bytes, and may well drop it.
	 */
	void (*send)(void *port, struct net_frame *f);
};

struct virtio_net {
	struct virtio_device device;
	const struct virtio_net_ends *ends;
	void *port;
	bool link_up;
	uint64_t rx_frames, rx_dropped, tx_frames, tx_bad;
};

void virtio_net_init(struct virtio_net *n, const struct vmem *mem, const uint8_t mac[6],
		     const struct virtio_net_ends *ends, void *port);

/*
 * Copies a frame into the guest's receive buffers. False: it has none that are
 * large enough, or is not ready; the frame is lost and counted. What the guest
 * cannot take (virtio_net_takes()) the caller has done away with.
 */
bool virtio_net_receive(struct virtio_net *n, const struct net_frame *f);

/* NET_TAKES_* bits: what frames the guest's driver accepts as they are. */
unsigned virtio_net_takes(const struct virtio_net *n);

/* Buffers that wait for frames now; of at most 256. */
unsigned virtio_net_room(const struct virtio_net *n);

void virtio_net_set_link(struct virtio_net *n, bool up);

#endif
