/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network card (virtio 1.0, 5.1): whole frames, one buffer each, no offloads. */
#include <linux/virtio_net.h>

#include "guests/lib/boot.h"
#include "guests/lib/give_up.h"
#include "guests/lib/gvirtio.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"
#include "guests/net/net.h"

enum { RX, TX };

#define RX_BUFFERS 128u
#define TX_BUFFERS 64u
#define BUFFER     2048u
#define HEADER     ((uint32_t)sizeof(struct virtio_net_hdr_v1))

/* A frame this far into its buffer has what follows its Ethernet header aligned. */
#define PLACE 2u

uint8_t card_mac[ETH_ALEN];

static struct gvirtio card;
static uint8_t *rx_buffers, *tx_buffers;
static uint32_t rx_count, tx_count, tx_next, tx_busy;
static uint32_t rx_unseen; /* buffers given back since the device was told */
static bool tx_unseen;
static uint32_t rx_taken = RX_BUFFERS; /* the buffer the guest looks at; RX_BUFFERS: none */
static uint32_t rx_skip;               /* buffers of a frame that needed several */

static void rx_post(uint32_t n)
{
	struct gqueue *q = &card.queues[RX];

	gqueue_set(q, n, virt_to_phys(rx_buffers + n * BUFFER + PLACE), BUFFER - PLACE,
		   VRING_DESC_F_WRITE, 0);
	gqueue_offer(q, n);
}

/* Each frame has two descriptors: a header without wishes, and itself. */
static void tx_prepare(void)
{
	static const struct virtio_net_hdr_v1 header;
	struct gqueue *q = &card.queues[TX];

	for (uint32_t n = 0; n < tx_count; n++)
		gqueue_set(q, 2 * n, virt_to_phys(&header), HEADER, VRING_DESC_F_NEXT, 2 * n + 1);
}

static uint32_t at_most(uint32_t n, uint32_t most)
{
	return n < most ? n : most;
}

void card_open(bool is_pci)
{
	const struct gvirtio_ops *bus = is_pci ? &gvirtio_pci : &gvirtio_lgbus;

	if (!gvirtio_find(&card, bus, VIRTIO_ID_NET, 0))
		give_up("there is no network card on %s; net= in this guest's line gives it one",
			bus->name);
	gvirtio_start(&card, 1ull << VIRTIO_NET_F_MAC | 1ull << VIRTIO_NET_F_MRG_RXBUF);
	if (!gvirtio_has(&card, VIRTIO_NET_F_MAC) || !gvirtio_has(&card, VIRTIO_NET_F_MRG_RXBUF))
		give_up("the card lacks what this guest needs, features 0x%llx", card.features);
	for (unsigned n = 0; n < ETH_ALEN; n++)
		card_mac[n] = gvirtio_config(&card, n, 1);
	rx_count = at_most(card.queues[RX].num, RX_BUFFERS);
	tx_count = at_most(card.queues[TX].num / 2, TX_BUFFERS);
	rx_buffers = phys_to_virt(boot_alloc_pages(RX_BUFFERS * BUFFER / PAGE_SIZE));
	tx_buffers = phys_to_virt(boot_alloc_pages(TX_BUFFERS * BUFFER / PAGE_SIZE));
	tx_prepare();
	for (uint32_t n = 0; n < rx_count; n++)
		rx_post(n);
	gqueue_kick(&card.queues[RX]);
}

static void tx_reclaim(void)
{
	struct vring_used_elem e;

	while (gqueue_take(&card.queues[TX], &e))
		tx_busy--;
}

void card_flush(void)
{
	if (tx_unseen)
		gqueue_kick(&card.queues[TX]);
	tx_unseen = false;
}

uint8_t *card_tx(void)
{
	volatile uint16_t *flags = &card.queues[TX].avail[0];

	if (tx_busy == tx_count) {
		card_flush();
		tx_reclaim();
	}
	*flags = tx_busy == tx_count ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
	barrier();
	/* one may have left just before an interrupt was asked for */
	if (tx_busy == tx_count)
		tx_reclaim();
	return tx_busy == tx_count ? NULL : tx_buffers + tx_next * BUFFER + PLACE;
}

/* Buffers come back in the order they were sent in (as the device uses them). */
void card_send(uint32_t bytes)
{
	struct gqueue *q = &card.queues[TX];
	uint8_t *frame = tx_buffers + tx_next * BUFFER + PLACE;

	if (bytes < ETH_ZLEN) {
		memset(frame + bytes, 0, ETH_ZLEN - bytes);
		bytes = ETH_ZLEN;
	}
	gqueue_set(q, 2 * tx_next + 1, virt_to_phys(frame), bytes, 0, 0);
	gqueue_offer(q, 2 * tx_next);
	tx_unseen = true;
	tx_next = (tx_next + 1) % tx_count;
	tx_busy++;
}

static void rx_return(void)
{
	if (rx_taken == RX_BUFFERS)
		return;
	rx_post(rx_taken);
	rx_taken = RX_BUFFERS;
	if (++rx_unseen < RX_BUFFERS / 4)
		return;
	rx_unseen = 0;
	gqueue_kick(&card.queues[RX]);
}

const uint8_t *card_receive(uint32_t *bytes)
{
	const struct virtio_net_hdr_v1 *header;
	struct vring_used_elem e;

	for (;;) {
		rx_return();
		if (!gqueue_take(&card.queues[RX], &e))
			return NULL;
		if (e.id >= rx_count || e.len < HEADER || e.len > BUFFER - PLACE)
			give_up("the card says %u bytes came in buffer %u", e.len, e.id);
		rx_taken = e.id;
		if (rx_skip) {
			rx_skip--;
			continue;
		}
		header = (const void *)(rx_buffers + e.id * BUFFER + PLACE);
		if (header->num_buffers == 1)
			break;
		/* longer than any Ethernet frame: not for this guest */
		rx_skip = header->num_buffers ? header->num_buffers - 1u : 0;
		net.broken++;
	}
	*bytes = e.len - HEADER;
	return (const uint8_t *)(header + 1);
}
