/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio network device on a wire that keeps what it gets, and a driver's hands. */
#ifndef GATEHOUSE_TEST_UNIT_VIRTIO_NET_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_VIRTIO_NET_FIXTURE_H

#include "core/virtio/net.h"

#include <stdlib.h>
#include <string.h>

#include <linux/virtio_net.h>

#include "core/util.h"
#include "test/unit/net_packets.h"
#include "test/unit/unit.h"

#define MEMORY     0x100000u
#define DATA       0x10000u
#define NUM        256u
#define RING_BYTES 0x3000u
#define AVAIL      0x1000u /* within a ring */
#define USED       0x2000u

enum { RX, TX };
enum { F_NEXT = 1, F_WRITE = 2 };

#define F(feature) (1ull << VIRTIO_NET_F_##feature)
#define VERSION_1  (1ull << 32)
#define EVENT_IDX  (1ull << 29)
#define OFFLOADS                                                                                   \
	(F(CSUM) | F(GUEST_CSUM) | F(HOST_TSO4) | F(HOST_TSO6) | F(GUEST_TSO4) | F(GUEST_TSO6))

static struct virtio_net *net;
static uint8_t *memory;
static unsigned raised;

/* The wire. */
static struct net_frame sent;
static uint8_t sent_data[NET_LARGE_MAX];
static unsigned sent_frames;
static uint64_t sent_bytes;

static inline void fake_send(void *port, struct net_frame *f)
{
	assert_ptr_equal(port, &sent);
	assert_true(net_check(f));
	sent = *f;
	memcpy(sent_data, f->data, f->bytes);
	memset(f->data, 0xDD, f->bytes); /* as it may */
	sent_frames++;
	sent_bytes += f->bytes;
}

static const struct virtio_net_ends ends = {.send = fake_send};

static inline void fake_raise(struct virtio_device *d)
{
	raised++;
}

/* ---- the driver --------------------------------------------------------------- */

static inline void put(uint32_t at, unsigned bytes, uint64_t value)
{
	memcpy(memory + at, &value, bytes);
}

static inline uint32_t get(uint32_t at, unsigned bytes)
{
	uint32_t value = 0;

	memcpy(&value, memory + at, bytes);
	return value;
}

static inline uint32_t ring(unsigned queue)
{
	return queue * RING_BYTES;
}

static inline void put_desc(unsigned queue, unsigned i, uint64_t gpa, uint32_t bytes,
			    unsigned flags)
{
	uint32_t at = ring(queue) + 16 * i;

	put(at, 8, gpa);
	put(at + 8, 4, bytes);
	put(at + 12, 2, flags);
	put(at + 14, 2, i + 1);
}

static inline void offer(unsigned queue, unsigned head)
{
	uint32_t idx = get(ring(queue) + AVAIL + 2, 2);

	put(ring(queue) + AVAIL + 4 + 2 * (idx % NUM), 2, head);
	put(ring(queue) + AVAIL + 2, 2, idx + 1);
}

static inline uint32_t used_idx(unsigned queue)
{
	return get(ring(queue) + USED + 2, 2);
}

static inline uint32_t used_id(unsigned queue, unsigned n)
{
	return get(ring(queue) + USED + 4 + 8 * (n % NUM), 4);
}

static inline uint32_t used_len(unsigned queue, unsigned n)
{
	return get(ring(queue) + USED + 4 + 8 * (n % NUM) + 4, 4);
}

static inline void enable(unsigned queue)
{
	struct virtio_queue *q = &net->device.queues[queue];

	memset(memory + ring(queue), 0, RING_BYTES);
	q->desc = ring(queue);
	q->avail = ring(queue) + AVAIL;
	q->used = ring(queue) + USED;
	virtio_enable_queue(&net->device, queue);
}

/* As a driver of either age does; without VERSION_1 as on the lguest bus. */
static inline void start(uint64_t features)
{
	virtio_set_status(&net->device, 0);
	assert_int_equal(features & ~net->device.offered, 0);
	virtio_set_status(&net->device, 3);
	virtio_accept(&net->device, features);
	if (features & VERSION_1)
		virtio_set_status(&net->device, 11);
	enable(RX);
	enable(TX);
	virtio_set_status(&net->device, net->device.status | 4);
	raised = 0;
}

static inline uint32_t header_of(uint64_t features)
{
	return features & (VERSION_1 | F(MRG_RXBUF)) ? 12 : 10;
}

/* Lays the frame down at DATA behind its header; bytes of both. */
static inline uint32_t lay(const struct net_frame *f)
{
	uint32_t header = header_of(net->device.accepted);
	struct virtio_net_hdr_v1 h = {.flags = f->needs_csum ? 1 : 0,
				      .gso_type = f->gso_type,
				      .hdr_len = 0xABCD, /* a hint, and no good one */
				      .gso_size = f->gso_size,
				      .csum_start = f->csum_start,
				      .csum_offset = f->csum_offset};

	memcpy(memory + DATA, &h, header);
	memcpy(memory + DATA + header, f->data, f->bytes);
	return header + f->bytes;
}

/* Sends what lay() made, in one piece. */
static inline void send_laid(uint32_t bytes)
{
	put_desc(TX, 0, DATA, bytes, 0);
	offer(TX, 0);
	virtio_notify(&net->device, TX);
}

/* Offers one receive buffer of that many bytes at gpa, cut in pieces; the next free descriptor. */
static inline unsigned offer_rx(unsigned head, uint32_t gpa, uint32_t bytes, unsigned pieces)
{
	for (unsigned i = 0; i < pieces; i++) {
		uint32_t n = i + 1 < pieces ? bytes / pieces : bytes - i * (bytes / pieces);

		put_desc(RX, (head + i) % NUM, gpa, n, F_WRITE | (i + 1 < pieces ? F_NEXT : 0));
		gpa += n;
	}
	offer(RX, head);
	return head + pieces;
}

/* ---- frames, features, set-up -------------------------------------------------- */

static uint8_t data[NET_LARGE_MAX];
static struct unit_random source = {4711};

static inline struct net_frame plain(uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)unit_random(&source);
	return (struct net_frame){.data = data, .bytes = bytes};
}

static const uint64_t sets[] = {0,         F(MRG_RXBUF),
				VERSION_1, VERSION_1 | F(MRG_RXBUF),
				OFFLOADS,  OFFLOADS | VERSION_1 | F(MRG_RXBUF)};

static inline int setup(void **state)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 1, 2, 3};
	struct vmem mem = {.bytes = MEMORY};

	memory = mem.base = calloc(1, MEMORY);
	net = calloc(1, sizeof(*net));
	sent_frames = raised = 0;
	sent_bytes = 0;
	virtio_net_init(net, &mem, mac, &ends, &sent);
	net->device.raise = fake_raise;
	return 0;
}

static inline int teardown(void **state)
{
	free(net);
	free(memory);
	return 0;
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
