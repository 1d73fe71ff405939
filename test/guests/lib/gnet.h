/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio network device (virtio 1.0, 5.1) as test guests use it. Who is who
 * on a network: guest n has the address 02:00:00:00:00:0n, by mac= on its line.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_GNET_H
#define GATEHOUSE_TEST_GUESTS_LIB_GNET_H

#include <linux/if_ether.h>
#include <linux/virtio_net.h>

#include "test/guests/lib/gvirtio.h"

enum { GNET_RX, GNET_TX };

#define GNET_BUFFERS   64u
#define GNET_BUFFER    2048u
#define GNET_FRAME_MAX 65550u
#define GNET_ALL       0xFFu /* as a guest's number: the broadcast address */

/* Local experimental EtherType (IEEE 802-2014, 9.2.4): a frame of ours; and its kinds. */
#define GNET_TYPE 0x88B5u
enum gnet_kind { GNET_ECHO, GNET_END, GNET_STORM, GNET_SHOUT, GNET_REPORT, GNET_RAW };

struct gnet {
	struct gvirtio d;
	uint32_t header_bytes; /* in front of each frame */
	uint8_t *buffers;      /* GNET_BUFFERS of them */
	uint32_t received;     /* frames */
};

struct gnet_frame {
	struct virtio_net_hdr_v1 header;
	uint32_t bytes;
	uint8_t data[GNET_FRAME_MAX + 2] __attribute__((aligned(4)));
};

/* Destination, source, type, and in frames of ours what follows, as far as there is room. */
struct gnet_head {
	uint8_t to[ETH_ALEN], from[ETH_ALEN];
	uint16_t type; /* big endian */
	uint16_t kind;
	uint32_t number;
} __attribute__((packed));

#define GNET_HEAD ((uint32_t)sizeof(struct gnet_head))

/* Finds and starts the card with that number; skips the test where there is none. */
void gnet_open(struct gnet *g, unsigned index, uint64_t wanted);

/* The same again, after whatever happened to it. */
void gnet_start(struct gnet *g, uint64_t wanted);

/* Of the header in front of each frame, with the features the driver accepted. */
uint32_t gnet_header_bytes(const struct gvirtio *d);

/* A frame to that guest from this one, of the kind, with a pattern of the number behind its head.
 */
void gnet_make(struct gnet *g, struct gnet_frame *f, unsigned to, enum gnet_kind kind,
	       uint32_t number, uint32_t bytes);

/* Fails the test unless it is that frame, whoever it is to and from. */
void gnet_check(const struct gnet_frame *f, enum gnet_kind kind, uint32_t number, uint32_t bytes);

/* Gives it to the device and waits until it is taken. The header counts. */
void gnet_send(struct gnet *g, struct gnet_frame *f);

/* Without waiting: gives it to the device, which has it until the head that is returned comes back;
 * true if there was a frame. */
uint16_t gnet_offer(struct gnet *g, struct gnet_frame *f);
bool gnet_take(struct gnet *g, struct gnet_frame *f);

/* Waits for the next frame; false when the time of set_deadline() is over, which sending ends, too.
 */
bool gnet_receive(struct gnet *g, struct gnet_frame *f);

enum gnet_kind gnet_kind_of(const struct gnet_frame *f);
uint32_t gnet_number_of(const struct gnet_frame *f);
bool gnet_is_from(const struct gnet_frame *f, unsigned guest);

/* Sends frames until that guest sends one back. */
void gnet_hello(struct gnet *g, unsigned to);

/* Sends the frame, expects it back with addresses exchanged. False: it did not come within 1 s. */
bool gnet_echoed(struct gnet *g, unsigned by, uint32_t number, uint32_t bytes);

/* Sends all frames back, until somebody says it is over. */
void gnet_serve(struct gnet *g);

/* Says so. */
void gnet_end(struct gnet *g, unsigned to);

#endif
