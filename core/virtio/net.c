/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network device (virtio 1.0, 5.1): one pair of queues. */
#include "core/virtio/net.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>

#include "core/lib.h"
#include "core/util.h"

enum { QUEUE_RX, QUEUE_TX, QUEUES };

/*
 * Bytes sent at one go, so that an exit stays short (design section 3). A frame
 * counts for a sixteenth of it at least, and so do sixteen descriptors.
 */
#define TX_BUDGET       KIB(64)
#define FRAME_COST      (TX_BUDGET / 16)
#define DESCRIPTOR_COST (TX_BUDGET / 256)

/*
 * Pieces of guest memory one received frame may be spread over. Linux needs 45
 * buffers for the largest frame if they are merged, and 19 pieces if not.
 */
#define RX_PIECES 64u

/* Ring 0 has one thread: all guests' frames pass through this, header in front. */
static uint8_t staging[sizeof(struct virtio_net_hdr_v1) + NET_LARGE_MAX] ALIGNED(4);

static struct virtio_net *net_of(struct virtio_device *d)
{
	return container_of(d, struct virtio_net, device);
}

/* Of the header in front of each frame (virtio 1.0, 5.1.6.1). */
static uint32_t header_bytes(const struct virtio_net *n)
{
	bool is_long = virtio_has(&n->device, VIRTIO_F_VERSION_1) ||
		       virtio_has(&n->device, VIRTIO_NET_F_MRG_RXBUF);

	return is_long ? sizeof(struct virtio_net_hdr_v1) : sizeof(struct virtio_net_hdr);
}

/* The NET_TAKES_* bits that these accepted features stand for; the large frames need the first. */
static unsigned takes(const struct virtio_net *n, unsigned csum, unsigned tso4, unsigned tso6)
{
	if (!virtio_has(&n->device, csum))
		return 0;
	return NET_TAKES_CSUM | (virtio_has(&n->device, tso4) ? NET_TAKES_TSO4 : 0) |
	       (virtio_has(&n->device, tso6) ? NET_TAKES_TSO6 : 0);
}

/* ---- from the guest ------------------------------------------------------------- */

/* Makes a frame of what is in the staging buffer; false: the header or the frame makes no sense. */
static bool parse(const struct virtio_net *n, uint32_t bytes, struct net_frame *f)
{
	const struct virtio_net_hdr_v1 *h = (const struct virtio_net_hdr_v1 *)staging;

	*f = (struct net_frame){.data = staging + header_bytes(n),
				.bytes = bytes - header_bytes(n),
				.needs_csum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM,
				.csum_start = h->csum_start,
				.csum_offset = h->csum_offset,
				.gso_type = h->gso_type,
				.gso_size = h->gso_size};
	return net_check(f) && !(net_needs(f) & ~takes(n, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_HOST_TSO4,
						       VIRTIO_NET_F_HOST_TSO6));
}

static void send_buffer(struct virtio_net *n, const struct virtq_buffer *b, uint32_t bytes)
{
	struct net_frame f;

	if (bytes < header_bytes(n) + NET_HEADER || bytes > header_bytes(n) + NET_LARGE_MAX) {
		n->tx_bad++;
		return;
	}
	virtq_copy_out(&n->device.queues[QUEUE_TX].ring, b, 0, staging, bytes);
	if (!parse(n, bytes, &f)) {
		n->tx_bad++;
		return;
	}
	n->tx_frames++;
	if (n->link_up)
		n->ends->send(n->port, &f);
}

static uint32_t cost_of(const struct virtq_buffer *b, uint32_t bytes)
{
	uint32_t cost = MAX(bytes, FRAME_COST);

	return MIN(MAX(cost, b->count * DESCRIPTOR_COST), TX_BUDGET);
}

static void work(struct virtio_device *d)
{
	struct virtq *r = &d->queues[QUEUE_TX].ring;
	uint32_t budget = TX_BUDGET;
	struct virtq_buffer b;
	bool any = false;

	d->work_left = false;
	while (virtio_is_ready(d) && virtq_pop(r, &b)) {
		uint32_t bytes = virtq_readable(&b), cost = cost_of(&b, bytes);

		if (cost > budget) {
			virtq_unpop(r);
			d->work_left = true;
			break;
		}
		budget -= cost;
		send_buffer(net_of(d), &b, bytes);
		virtq_push(r, &b, 0);
		any = true;
	}
	if (any)
		virtio_used(d, QUEUE_TX);
}

/* Buffers to receive into wait for frames; buffers to send are looked at. */
static void notify(struct virtio_device *d, unsigned queue)
{
	if (queue == QUEUE_TX)
		work(d);
}

/* ---- to the guest --------------------------------------------------------------- */

/*
 * Buffers taken for one frame, not yet given back. The first is kept, as the
 * number of buffers is written into it last.
 */
static struct taken {
	unsigned count, pieces;
	uint32_t room; /* bytes in all of them */
	uint16_t heads[RX_PIECES];
	uint32_t written[RX_PIECES];
	struct virtq_buffer first, next;
} taken;

/* Nobody has verified a checksum that is there, so DATA_VALID is never said. */
static struct virtio_net_hdr_v1 make_header(const struct net_frame *f)
{
	struct virtio_net_hdr_v1 h = {.gso_type = f->gso_type};

	if (f->needs_csum) {
		h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h.csum_start = f->csum_start;
		h.csum_offset = f->csum_offset;
	}
	if (f->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		h.gso_size = f->gso_size;
		h.hdr_len = f->header_bytes;
	}
	return h;
}

static bool too_many_pieces(struct virtq *r, const struct virtq_buffer *b)
{
	if (b->count > RX_PIECES)
		virtq_break(r, "receive buffer of more than 64 pieces");
	taken.pieces += b->count;
	return taken.pieces > RX_PIECES;
}

/*
 * Takes buffers for `need` bytes, header included, one only unless they may be
 * merged, and copies the frame into all but the header's place in the first.
 */
static bool take(struct virtio_net *n, const struct net_frame *f, uint32_t need)
{
	struct virtq *r = &n->device.queues[QUEUE_RX].ring;
	uint32_t header = need - f->bytes;

	taken.count = taken.pieces = taken.room = 0;
	do {
		struct virtq_buffer *b = taken.count ? &taken.next : &taken.first;
		uint32_t at = taken.count ? taken.room - header : 0, bytes;

		if (taken.count == (virtio_has(&n->device, VIRTIO_NET_F_MRG_RXBUF) ? RX_PIECES : 1))
			return false;
		if (!virtq_pop(r, b))
			return false;
		bytes = MIN(virtq_writable(b), need - taken.room);
		taken.heads[taken.count] = b->head;
		taken.written[taken.count++] = bytes;
		taken.room += bytes;
		if (too_many_pieces(r, b) || taken.room < header)
			return false;
		virtq_copy_in(r, b, b == &taken.first ? header : 0, f->data + at,
			      b == &taken.first ? bytes - header : bytes);
	} while (taken.room < need);
	return true;
}

/* Gives them back, the header in the first; its last field is missing if it is the short one. */
static void give_back(struct virtio_net *n, const struct net_frame *f)
{
	struct virtq *r = &n->device.queues[QUEUE_RX].ring;
	struct virtio_net_hdr_v1 h = make_header(f);

	h.num_buffers = (uint16_t)taken.count;
	virtq_copy_in(r, &taken.first, 0, &h, header_bytes(n));
	for (unsigned i = 0; i < taken.count; i++)
		virtq_push_head(r, taken.heads[i], taken.written[i]);
	virtio_used(&n->device, QUEUE_RX);
}

static bool can_receive(const struct virtio_net *n)
{
	return virtio_is_ready(&n->device) && n->device.queues[QUEUE_RX].is_enabled && n->link_up;
}

bool virtio_net_receive(struct virtio_net *n, const struct net_frame *f)
{
	if (!can_receive(n) || net_needs(f) & ~virtio_net_takes(n)) {
		n->rx_dropped++;
		return false;
	}
	if (!take(n, f, header_bytes(n) + f->bytes)) {
		while (taken.count--)
			virtq_unpop(&n->device.queues[QUEUE_RX].ring);
		n->rx_dropped++;
		/* This guest did not bring it about just now: it is told by its own work. */
		if (n->device.queues[QUEUE_RX].ring.is_broken)
			virtio_wants_work(&n->device);
		return false;
	}
	give_back(n, f);
	n->rx_frames++;
	return true;
}

unsigned virtio_net_takes(const struct virtio_net *n)
{
	return takes(n, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_TSO6);
}

unsigned virtio_net_room(const struct virtio_net *n)
{
	return can_receive(n) ? virtq_waiting(&n->device.queues[QUEUE_RX].ring) : 0;
}

/* ---- the device ----------------------------------------------------------------- */

static void store_link(struct virtio_net *n, bool up)
{
	n->link_up = up;
	n->device.config[offsetof(struct virtio_net_config, status)] =
		up ? VIRTIO_NET_S_LINK_UP : 0;
}

void virtio_net_set_link(struct virtio_net *n, bool up)
{
	if (up == n->link_up)
		return;
	store_link(n, up);
	virtio_config_changed(&n->device);
}

static const struct virtio_kind kind = {
	.name = "net",
	.id = VIRTIO_ID_NET,
	.queues = QUEUES,
	.queue_num = VIRTQ_MAX,
	.config_bytes = offsetof(struct virtio_net_config, max_virtqueue_pairs),
	.notify = notify,
	.work = work,
};

void virtio_net_init(struct virtio_net *n, const struct vmem *mem, const uint8_t mac[6],
		     const struct virtio_net_ends *ends, void *port)
{
	*n = (struct virtio_net){.ends = ends, .port = port};
	virtio_device_init(&n->device, &kind, mem,
			   1u << VIRTIO_NET_F_CSUM | 1u << VIRTIO_NET_F_GUEST_CSUM |
				   1u << VIRTIO_NET_F_MAC | 1u << VIRTIO_NET_F_GUEST_TSO4 |
				   1u << VIRTIO_NET_F_GUEST_TSO6 | 1u << VIRTIO_NET_F_HOST_TSO4 |
				   1u << VIRTIO_NET_F_HOST_TSO6 | 1u << VIRTIO_NET_F_MRG_RXBUF |
				   1u << VIRTIO_NET_F_STATUS);
	memcpy(n->device.config, mac, NET_MAC);
	store_link(n, true);
}
