/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network device as test guests use it. */
#include "test/guests/lib/gnet.h"

#define PATIENCE_NS  1000000000u
#define HELLOS       500u
#define HELLO_NS     20000000u
#define HELLO_NUMBER 0xFFFF0000u

static struct gnet_frame scratch, answer;

static struct gnet_head *head_of(struct gnet_frame *f)
{
	return (struct gnet_head *)f->data;
}

static void post(struct gnet *g, unsigned n)
{
	struct gqueue *q = &g->d.queues[GNET_RX];

	gqueue_set(q, n, virt_to_phys(g->buffers + n * GNET_BUFFER), GNET_BUFFER,
		   VRING_DESC_F_WRITE, 0);
	gqueue_offer(q, n);
}

uint32_t gnet_header_bytes(const struct gvirtio *d)
{
	bool is_long = gvirtio_has(d, VIRTIO_F_VERSION_1) || gvirtio_has(d, VIRTIO_NET_F_MRG_RXBUF);

	return is_long ? sizeof(struct virtio_net_hdr_v1) : sizeof(struct virtio_net_hdr);
}

void gnet_start(struct gnet *g, uint64_t wanted)
{
	gvirtio_start(&g->d, wanted | 1ull << VIRTIO_NET_F_MAC | 1ull << VIRTIO_NET_F_MRG_RXBUF);
	g->header_bytes = gnet_header_bytes(&g->d);
	for (unsigned n = 0; n < GNET_BUFFERS; n++)
		post(g, n);
	gqueue_kick(&g->d.queues[GNET_RX]);
}

void gnet_open(struct gnet *g, unsigned index, uint64_t wanted)
{
	const struct gvirtio_ops *ops = gvirtio_transport();

	if (!gvirtio_find(&g->d, ops, VIRTIO_ID_NET, index))
		test_skip("no card %u on %s", index, ops->name);
	g->received = 0;
	g->buffers = phys_to_virt(boot_alloc_pages(GNET_BUFFERS * GNET_BUFFER / PAGE_SIZE));
	gnet_start(g, wanted);
}

static void make_mac(uint8_t *mac, unsigned guest)
{
	memset(mac, guest == GNET_ALL ? 0xFF : 0, ETH_ALEN);
	if (guest == GNET_ALL)
		return;
	mac[0] = 2;
	mac[5] = guest;
}

static uint8_t pattern(uint32_t number, uint32_t at)
{
	return (uint8_t)(number * 31 + at * 7 + (at >> 8));
}

void gnet_make(struct gnet *g, struct gnet_frame *f, unsigned to, enum gnet_kind kind,
	       uint32_t number, uint32_t bytes)
{
	struct gnet_head *h = head_of(f);

	f->header = (struct virtio_net_hdr_v1){0};
	f->bytes = bytes;
	make_mac(h->to, to);
	for (unsigned n = 0; n < ETH_ALEN; n++)
		h->from[n] = gvirtio_config(&g->d, n, 1);
	h->type = __builtin_bswap16(GNET_TYPE);
	h->kind = kind;
	h->number = number;
	for (uint32_t at = GNET_HEAD; at < bytes; at++)
		f->data[at] = pattern(number, at);
}

void gnet_check(const struct gnet_frame *f, enum gnet_kind kind, uint32_t number, uint32_t bytes)
{
	CHECK(f->bytes == bytes, "a frame of %u bytes, not %u", f->bytes, bytes);
	CHECK(bytes < GNET_HEAD || (gnet_kind_of(f) == kind && gnet_number_of(f) == number),
	      "frame %u of kind %u, not %u of kind %u", gnet_number_of(f), gnet_kind_of(f), number,
	      kind);
	for (uint32_t at = GNET_HEAD; at < bytes; at++)
		CHECK(f->data[at] == pattern(number, at), "frame %u of %u bytes: byte %u is 0x%x",
		      number, bytes, at, f->data[at]);
}

void gnet_send(struct gnet *g, struct gnet_frame *f)
{
	struct gpiece pieces[2] = {GPIECE_OUT(&f->header, g->header_bytes),
				   GPIECE_OUT(f->data, f->bytes)};

	gqueue_do(&g->d.queues[GNET_TX], pieces, 2);
}

uint16_t gnet_offer(struct gnet *g, struct gnet_frame *f)
{
	struct gpiece pieces[2] = {GPIECE_OUT(&f->header, g->header_bytes),
				   GPIECE_OUT(f->data, f->bytes)};
	uint16_t head = gqueue_add(&g->d.queues[GNET_TX], pieces, 2);

	gqueue_kick(&g->d.queues[GNET_TX]);
	return head;
}

/* One buffer of a frame; the header is in the first. Returns how many there are of it. */
static unsigned take_buffer(struct gnet *g, struct gnet_frame *f, const struct vring_used_elem *e,
			    bool is_first)
{
	uint32_t skip = is_first ? g->header_bytes : 0;
	const uint8_t *from;

	CHECK(e->id < GNET_BUFFERS && e->len >= skip && e->len <= GNET_BUFFER,
	      "received buffer %u with %u bytes", e->id, e->len);
	from = g->buffers + e->id * GNET_BUFFER;
	if (is_first) {
		f->bytes = 0;
		f->header = (struct virtio_net_hdr_v1){.num_buffers = 1};
		memcpy(&f->header, from, skip);
	}
	CHECK(f->bytes + e->len - skip <= GNET_FRAME_MAX, "a frame of more than %u bytes",
	      GNET_FRAME_MAX);
	memcpy(f->data + f->bytes, from + skip, e->len - skip);
	f->bytes += e->len - skip;
	post(g, e->id);
	return f->header.num_buffers;
}

bool gnet_take(struct gnet *g, struct gnet_frame *f)
{
	struct gqueue *q = &g->d.queues[GNET_RX];
	struct vring_used_elem e;
	unsigned buffers;

	if (!gqueue_take(q, &e))
		return false;
	buffers = take_buffer(g, f, &e, true);
	CHECK(buffers, "a frame in no buffer");
	while (--buffers) {
		CHECK(gqueue_take(q, &e), "%u buffers of a frame are missing", buffers);
		take_buffer(g, f, &e, false);
	}
	gqueue_kick(q);
	g->received++;
	return true;
}

bool gnet_receive(struct gnet *g, struct gnet_frame *f)
{
	for (;;) {
		irq_disable();
		if (gnet_take(g, f))
			return true;
		if (clock_count)
			return false;
		irq_halt();
	}
}

enum gnet_kind gnet_kind_of(const struct gnet_frame *f)
{
	const struct gnet_head *h = (const struct gnet_head *)f->data;

	if (f->bytes < GNET_HEAD || h->type != __builtin_bswap16(GNET_TYPE))
		return GNET_RAW;
	return h->kind;
}

uint32_t gnet_number_of(const struct gnet_frame *f)
{
	return ((const struct gnet_head *)f->data)->number;
}

bool gnet_is_from(const struct gnet_frame *f, unsigned guest)
{
	uint8_t mac[ETH_ALEN];

	make_mac(mac, guest);
	return !memcmp(((const struct gnet_head *)f->data)->from, mac, ETH_ALEN);
}

/* Frames of other kinds, and late answers, are not meant. */
static bool receive_echo(struct gnet *g, unsigned by, uint32_t number)
{
	while (gnet_receive(g, &answer)) {
		enum gnet_kind kind = gnet_kind_of(&answer);

		if (gnet_is_from(&answer, by) && (kind == GNET_ECHO || kind == GNET_RAW) &&
		    (kind == GNET_RAW || gnet_number_of(&answer) == number))
			return true;
	}
	return false;
}

void gnet_hello(struct gnet *g, unsigned to)
{
	for (unsigned n = 0; n < HELLOS; n++) {
		gnet_make(g, &scratch, to, GNET_ECHO, HELLO_NUMBER, 60);
		gnet_send(g, &scratch);
		set_deadline(HELLO_NS);
		while (gnet_receive(g, &answer)) {
			if (!gnet_is_from(&answer, to) || gnet_kind_of(&answer) != GNET_ECHO)
				continue;
			set_deadline(0);
			return;
		}
	}
	test_failure("guest %u does not answer", to);
}

bool gnet_echoed(struct gnet *g, unsigned by, uint32_t number, uint32_t bytes)
{
	gnet_make(g, &scratch, by, GNET_ECHO, number, bytes);
	gnet_send(g, &scratch);
	set_deadline(PATIENCE_NS);
	if (!receive_echo(g, by, number))
		return false;
	set_deadline(0);
	gnet_check(&answer, GNET_ECHO, number, bytes);
	return true;
}

void gnet_serve(struct gnet *g)
{
	for (;;) {
		struct gnet_head *h = head_of(&scratch);

		set_deadline(GVIRTIO_PATIENCE_NS);
		for (unsigned n = 0; !gnet_receive(g, &scratch); n++) {
			CHECK(n < 2, "nobody says that it is over");
			set_deadline(GVIRTIO_PATIENCE_NS);
		}
		if (gnet_kind_of(&scratch) == GNET_END)
			return;
		memcpy(h->to, h->from, ETH_ALEN);
		for (unsigned n = 0; n < ETH_ALEN; n++)
			h->from[n] = gvirtio_config(&g->d, n, 1);
		scratch.header.num_buffers = 0;
		gnet_send(g, &scratch);
	}
}

void gnet_end(struct gnet *g, unsigned to)
{
	gnet_make(g, &scratch, to, GNET_END, 0, 60);
	gnet_send(g, &scratch);
}
