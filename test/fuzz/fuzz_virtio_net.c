/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the network device: two bytes of features and one of how often, then
 * the guest's memory with rings of 8 at 0 (receive) and 0x200 (send). Frames it
 * sends come back to it, and frames of the wire's besides.
 */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/net.c core/net_frame.c */
#include "core/virtio/net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct virtio_net net;
static uint8_t echo_data[NET_LARGE_MAX];
static struct net_frame echo;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void send(void *port, struct net_frame *f)
{
	struct net_frame again = *f;

	check(net_check(&again) && again.header_bytes == f->header_bytes);
	echo = *f;
	memcpy(echo_data, f->data, f->bytes);
	echo.data = echo_data;
	memset(f->data, 0, f->bytes);
}

static void raise_nothing(struct virtio_device *d)
{
}

static void enable(unsigned queue, uint32_t at)
{
	struct virtio_queue *q = &net.device.queues[queue];

	q->num = 8;
	q->desc = at;
	q->avail = at + 0x80;
	q->used = at + 0x100;
	virtio_enable_queue(&net.device, queue);
}

/* As a switch does: nothing that the guest does not take. */
static void receive(struct net_frame *f)
{
	uint64_t frames = net.rx_frames;
	bool is_taken;

	if (net_needs(f) & ~virtio_net_takes(&net))
		return;
	is_taken = virtio_net_receive(&net, f);
	check(net.rx_frames == frames + is_taken);
	check(virtio_net_room(&net) <= 8);
}

static void run(const struct vmem *mem, uint64_t features, unsigned rounds)
{
	static const struct virtio_net_ends ends = {.send = send};
	static const uint8_t mac[6] = {2};
	static uint8_t zeroes[NET_FRAME_MAX];

	virtio_net_init(&net, mem, mac, &ends, NULL);
	net.device.raise = raise_nothing;
	virtio_set_status(&net.device, 3);
	virtio_accept(&net.device, features & net.device.offered);
	enable(0, 0);
	enable(1, 0x200);
	virtio_set_status(&net.device, 7);
	for (unsigned i = 0; i < rounds; i++) {
		struct net_frame f = {.data = zeroes, .bytes = i & 1 ? 60 : NET_FRAME_MAX};

		echo.bytes = 0;
		virtio_notify(&net.device, 1);
		if (echo.bytes)
			receive(&echo);
		receive(&f);
		virtio_work(&net.device);
		virtio_check(&net.device);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmem mem;
	uint64_t features;

	if (size < 3)
		return 0;
	/* the 16 bits from CSUM on, and VERSION_1, indirect descriptors, event indices */
	features = data[0] | (uint64_t)(data[1] & 0x98) << 8 | (uint64_t)(data[1] & 1) << 32 |
		   (uint64_t)(data[1] & 6) << 27;
	mem.bytes = (uint32_t)size - 3;
	mem.base = malloc(mem.bytes ? mem.bytes : 1);
	memcpy(mem.base, data + 3, mem.bytes);
	run(&mem, features, data[2] & 15);
	free(mem.base);
	return 0;
}
