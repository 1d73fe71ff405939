/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio network cards (virtio 1.0, 5.1): one pair of queues, no offloads. */
#include "drivers/host_virtio_net.h"

#include <linux/if_ether.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>

#include "core/delay.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/util.h"
#include "drivers/host_virtio.h"

enum { QUEUE_RECEIVE, QUEUE_TRANSMIT, QUEUES };

#define SLOTS     64u
#define STRIDE    2u  /* header and frame: legacy devices want them apart (5.1.6.6) */
#define ROOM      16u /* for the header */
#define FRAME_MAX (2048u - ROOM)

#define MAC_LOCAL     0x02u
#define MAC_MULTICAST 0x01u

#define FEATURES (1ull << VIRTIO_NET_F_MAC | 1ull << VIRTIO_NET_F_STATUS)

#define CONFIG_AT(field) offsetof(struct virtio_net_config, field)

_Static_assert(sizeof(struct virtio_net_hdr_mrg_rxbuf) <= ROOM, "a header fits in front");

struct buffer {
	uint8_t header[ROOM];
	uint8_t frame[FRAME_MAX];
};

/* What host_device.memory is. */
struct card {
	uint8_t rings[QUEUES][HOST_RING_BYTES] ALIGNED(HOST_RING_ALIGN);
	struct buffer buffers[QUEUES][SLOTS];
	struct host_virtio virtio;
	struct nic nic;
	uint32_t header_bytes;
	unsigned slots[QUEUES];
	unsigned next_tx; /* the slot of the next frame to go out, when it is free */
	bool is_stopped, ask_link;
};

static struct card *card_of(struct nic *n)
{
	return container_of(n, struct card, nic);
}

static struct host_ring *ring_of(struct card *c, unsigned queue)
{
	return &c->virtio.queues[queue].ring;
}

static bool has(const struct card *c, unsigned feature)
{
	return c->virtio.features >> feature & 1;
}

static void give_up(struct card *c, const char *why)
{
	host_virtio_log(&c->virtio, why);
	c->is_stopped = true;
	c->nic.link_up = false;
	if (!host_virtio_reset(&c->virtio))
		host_virtio_cut_off(&c->virtio);
}

static void link_slot(struct card *c, unsigned queue, unsigned slot, uint32_t bytes)
{
	struct vring_desc *table = host_ring_slot(ring_of(c, queue), slot);
	struct buffer *b = &c->buffers[queue][slot];
	uint16_t flags = queue == QUEUE_RECEIVE ? VRING_DESC_F_WRITE : 0;

	host_ring_link(table, slot * STRIDE, 0, b->header, c->header_bytes,
		       VRING_DESC_F_NEXT | flags);
	host_ring_link(table, slot * STRIDE, 1, b->frame, bytes, flags);
}

static void give_receive(struct card *c, unsigned slot)
{
	link_slot(c, QUEUE_RECEIVE, slot, FRAME_MAX);
	host_ring_give(ring_of(c, QUEUE_RECEIVE), slot);
}

/* ---- out ----------------------------------------------------------------------- */

static void reclaim(struct card *c)
{
	struct host_ring *r = ring_of(c, QUEUE_TRANSMIT);
	unsigned slot, budget = SLOTS;
	uint32_t written;

	while (budget-- && host_ring_take(r, &slot, &written))
		;
	if (r->broken && !c->is_stopped)
		give_up(c, r->broken);
}

/* Asks for an interrupt only when there is no room: whoever waits for some is then told. */
static uint8_t *tx_begin(struct nic *n)
{
	struct card *c = card_of(n);
	struct host_ring *r = ring_of(c, QUEUE_TRANSMIT);

	if (c->is_stopped)
		return NULL;
	if (r->is_used[c->next_tx])
		reclaim(c);
	if (r->is_used[c->next_tx] && !c->is_stopped) {
		host_ring_set_interrupt(r, true);
		reclaim(c);
	}
	if (c->is_stopped || r->is_used[c->next_tx])
		return NULL;
	return c->buffers[QUEUE_TRANSMIT][c->next_tx].frame;
}

/* The header stays all zeroes: nothing is left to the device. */
static void tx_send(struct nic *n, uint32_t bytes)
{
	struct card *c = card_of(n);
	uint8_t *frame = c->buffers[QUEUE_TRANSMIT][c->next_tx].frame;

	if (c->is_stopped)
		return;
	if (bytes < ETH_ZLEN)
		memset(frame + bytes, 0, ETH_ZLEN - bytes);
	link_slot(c, QUEUE_TRANSMIT, c->next_tx, MAX(bytes, ETH_ZLEN));
	host_ring_give(ring_of(c, QUEUE_TRANSMIT), c->next_tx);
	host_virtio_notify(&c->virtio, QUEUE_TRANSMIT);
	c->next_tx = c->next_tx + 1 == c->slots[QUEUE_TRANSMIT] ? 0 : c->next_tx + 1;
	n->tx_frames++;
}

/* ---- in ------------------------------------------------------------------------ */

static void receive(struct card *c, unsigned slot, uint32_t written)
{
	struct nic *n = &c->nic;
	uint32_t bytes = written - c->header_bytes;

	if (written < c->header_bytes + NIC_FRAME_MIN || bytes > NIC_FRAME_MAX) {
		n->rx_errors++;
		return;
	}
	n->rx_frames++;
	if (n->received)
		n->received(n, c->buffers[QUEUE_RECEIVE][slot].frame, bytes);
}

static void follow_link(struct card *c)
{
	c->ask_link = false;
	c->nic.link_up =
		!has(c, VIRTIO_NET_F_STATUS) ||
		host_virtio_config(&c->virtio, CONFIG_AT(status), 2) & VIRTIO_NET_S_LINK_UP;
}

static bool poll(struct nic *n, unsigned budget)
{
	struct card *c = card_of(n);
	struct host_ring *r = ring_of(c, QUEUE_RECEIVE), *tx = ring_of(c, QUEUE_TRANSMIT);
	unsigned slot, count = 0;
	uint32_t written;

	if (c->is_stopped)
		return false;
	if (c->ask_link)
		follow_link(c);
	reclaim(c);
	host_ring_set_interrupt(tx, tx->is_used[c->next_tx]);
	while (count < budget && !c->is_stopped && host_ring_take(r, &slot, &written)) {
		if (written > c->header_bytes + FRAME_MAX) {
			give_up(c, "received more than there was room for");
			return false;
		}
		receive(c, slot, written);
		give_receive(c, slot);
		count++;
	}
	if (r->broken && !c->is_stopped)
		give_up(c, r->broken);
	if (c->is_stopped)
		return false;
	if (count)
		host_virtio_notify(&c->virtio, QUEUE_RECEIVE);
	return host_ring_has_used(r);
}

static const struct nic_ops ops = {.tx_begin = tx_begin, .tx_send = tx_send, .poll = poll};

static bool interrupt(struct host_device *d)
{
	struct card *c = d->memory;
	uint8_t reasons = host_virtio_interrupt(&c->virtio);

	if (c->is_stopped || !(reasons & ~1u))
		return reasons;
	c->ask_link = true;
	if (host_virtio_needs_reset(&c->virtio))
		give_up(c, "says that it needs a reset");
	return reasons;
}

/* ---- start ----------------------------------------------------------------------- */

static bool start_queue(struct card *c, unsigned queue)
{
	uint16_t num = host_virtio_queue_size(&c->virtio, queue);

	c->slots[queue] = MIN(num / STRIDE, SLOTS);
	return c->slots[queue] && !host_virtio_queue_start(&c->virtio, queue, c->rings[queue], num,
							   STRIDE, (uint16_t)c->slots[queue]);
}

/* One the device does not have is made up, different in each boot (xorshift64, Marsaglia). */
static void read_mac(struct card *c)
{
	const struct pci_function *f = c->virtio.pci;
	uint64_t x = (delay_now_ns() << 16 | (uint32_t)f->device << 8 | f->function) + 1;

	for (unsigned i = 0; i < sizeof(c->nic.mac); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		c->nic.mac[i] =
			has(c, VIRTIO_NET_F_MAC)
				? (uint8_t)host_virtio_config(&c->virtio, CONFIG_AT(mac) + i, 1)
				: (uint8_t)(x >> 32);
	}
	if (!has(c, VIRTIO_NET_F_MAC))
		c->nic.mac[0] = (uint8_t)((c->nic.mac[0] | MAC_LOCAL) & ~MAC_MULTICAST);
}

static bool start_device(struct card *c)
{
	if (host_virtio_begin(&c->virtio, FEATURES) || !start_queue(c, QUEUE_RECEIVE) ||
	    !start_queue(c, QUEUE_TRANSMIT))
		return false;
	c->header_bytes = c->virtio.is_modern ? sizeof(struct virtio_net_hdr_mrg_rxbuf)
					      : sizeof(struct virtio_net_hdr);
	host_ring_set_interrupt(ring_of(c, QUEUE_TRANSMIT), false);
	for (unsigned i = 0; i < c->slots[QUEUE_RECEIVE]; i++)
		give_receive(c, i);
	host_virtio_run(&c->virtio);
	host_virtio_notify(&c->virtio, QUEUE_RECEIVE);
	return true;
}

static bool matches(const struct pci_function *f)
{
	return host_virtio_matches(f, VIRTIO_ID_NET);
}

static int start(struct host_device *d)
{
	struct card *c = d->memory;

	if (host_virtio_open(&c->virtio, &d->pci, "virtio network card"))
		return -EIO;
	if (!start_device(c)) {
		host_virtio_close(&c->virtio);
		return -EIO;
	}
	c->nic.ops = &ops;
	snprintf(c->nic.model, sizeof(c->nic.model), "%s", c->virtio.name);
	read_mac(c);
	follow_link(c);
	d->nic = &c->nic;
	return 0;
}

static void stop(struct host_device *d)
{
	struct card *c = d->memory;

	host_virtio_close(&c->virtio);
}

const struct host_driver host_virtio_net_driver = {
	.name = "virtio network card",
	.memory = sizeof(struct card),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.stop = stop,
};
