/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the machine's own virtio disks (virtio 1.0, 5.2.6; 1.1 for discard). */
#include "drivers/host_virtio_blk_io.h"

#include "core/delay.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/log.h"

#define TIMEOUT_NS  (30 * NSEC_PER_SEC)
#define RESET_TICKS 10u
#define REPORTS_MAX 10u /* a guest can read a bad sector again and again */
#define ID_POLLS    10000u
#define ID_POLL_US  100u

static struct host_blk *blk_of(struct block_disk *d)
{
	return container_of(d, struct host_blk, disk);
}

static struct host_ring *ring_of(struct host_blk *b)
{
	return &b->virtio.queues[0].ring;
}

bool host_blk_has(const struct host_blk *b, unsigned feature)
{
	return b->virtio.features >> feature & 1;
}

/* ---- lists of requests --------------------------------------------------------- */

static void list_init(struct host_blk_list *l)
{
	*l = (struct host_blk_list){.end = &l->first};
}

static void list_add(struct host_blk_list *l, struct block_request *r)
{
	r->next = NULL;
	*l->end = r;
	l->end = &r->next;
}

static struct block_request *list_take(struct host_blk_list *l)
{
	struct block_request *r = l->first;

	if (r && !(l->first = r->next))
		l->end = &l->first;
	return r;
}

static void finish_later(struct host_blk *b, struct block_request *r, int error)
{
	r->progress = (uint32_t)error;
	list_add(&b->finished, r);
}

/* Those that wait when it begins: a done() may submit the next. */
static void finish_list(struct host_blk *b)
{
	struct host_blk_list l = b->finished;
	struct block_request *r;

	if (!l.first)
		return;
	list_init(&b->finished);
	while ((r = list_take(&l)))
		r->done(r, (int)r->progress);
}

/* ---- requests to the device ------------------------------------------------------ */

/*
 * On a disk that cannot flush a write is on the medium when it is done
 * (5.2.6.2). Something harmless is asked instead, so that an answer comes.
 */
static uint32_t request_type(const struct host_blk *b, enum block_op op)
{
	switch (op) {
	case BLOCK_READ:
		return VIRTIO_BLK_T_IN;
	case BLOCK_WRITE:
		return VIRTIO_BLK_T_OUT;
	case BLOCK_FLUSH:
		return host_blk_has(b, VIRTIO_BLK_F_FLUSH) ? VIRTIO_BLK_T_FLUSH
							   : VIRTIO_BLK_T_GET_ID;
	case BLOCK_DISCARD:
		return VIRTIO_BLK_T_DISCARD;
	default:
		return VIRTIO_BLK_T_WRITE_ZEROES;
	}
}

/* The descriptors of a slot: its own of the ring, or a table that its only one points to. */
struct chain {
	struct vring_desc *table;
	unsigned first, count;
};

static void chain_add(struct chain *c, const void *at, uint32_t bytes, uint16_t flags)
{
	host_ring_link(c->table, c->first, c->count++, at, bytes, VRING_DESC_F_NEXT | flags);
}

static struct chain begin_chain(struct host_blk *b, struct host_blk_slot *s, uint32_t type)
{
	unsigned n = (unsigned)(s - b->slots);
	struct chain c = {.table = b->tables[n]};

	if (!b->is_indirect)
		c = (struct chain){.table = host_ring_slot(ring_of(b), n), .first = n * b->stride};
	s->header = (struct virtio_blk_outhdr){.type = type};
	chain_add(&c, &s->header, sizeof(s->header), 0);
	return c;
}

/* As many segments from r->progress on as the device takes; returns how many sectors. */
static uint32_t add_data(struct host_blk *b, struct chain *c, const struct block_request *r)
{
	uint16_t flags = r->op == BLOCK_READ ? VRING_DESC_F_WRITE : 0;
	uint32_t skip = r->progress * BLOCK_SECTOR, total = 0;

	for (unsigned i = 0; i < r->count && c->count <= b->segments_max; i++) {
		const struct block_segment *s = &r->segments[i];
		uint32_t at = MIN(skip, s->bytes);

		skip -= at;
		while (at < s->bytes && c->count <= b->segments_max) {
			uint32_t n = MIN(s->bytes - at, b->segment_bytes);

			chain_add(c, (uint8_t *)s->at + at, n, flags);
			at += n;
			total += n;
		}
	}
	return total / BLOCK_SECTOR;
}

static uint32_t add_range(struct host_blk *b, struct chain *c, struct host_blk_slot *s,
			  const struct block_request *r)
{
	uint32_t max = r->op == BLOCK_DISCARD ? b->discard_sectors : b->zero_sectors;

	s->range = (struct virtio_blk_discard_write_zeroes){
		.sector = r->sector + r->progress,
		.num_sectors = MIN(r->sectors - r->progress, max),
	};
	s->header.sector = 0; /* the range says it */
	chain_add(c, &s->range, sizeof(s->range), 0);
	return s->range.num_sectors;
}

/* The descriptors of the status, and of an indirect table; then it is the device's. */
static void give(struct host_blk *b, struct host_blk_slot *s, struct chain *c)
{
	unsigned n = (unsigned)(s - b->slots);

	s->status = HOST_BLK_NO_STATUS;
	s->since_ns = delay_now_ns();
	host_ring_link(c->table, c->first, c->count++, &s->status, 1, VRING_DESC_F_WRITE);
	if (b->is_indirect)
		host_ring_link(host_ring_slot(ring_of(b), n), n, 0, c->table,
			       c->count * (uint32_t)sizeof(*c->table), VRING_DESC_F_INDIRECT);
	host_ring_give(ring_of(b), n);
}

/* The slot's request from its progress on, or as much of it as fits. */
static void start_part(struct host_blk *b, struct host_blk_slot *s)
{
	const struct block_request *r = s->request;
	struct chain c = begin_chain(b, s, request_type(b, r->op));

	s->sectors = 0;
	if (s->header.type == VIRTIO_BLK_T_GET_ID) {
		chain_add(&c, b->nothing, VIRTIO_BLK_ID_BYTES, VRING_DESC_F_WRITE);
	} else if (r->op == BLOCK_READ || r->op == BLOCK_WRITE) {
		s->header.sector = r->sector + r->progress;
		s->sectors = add_data(b, &c, r);
	} else if (r->op != BLOCK_FLUSH) {
		s->sectors = add_range(b, &c, s, r);
	}
	give(b, s, &c);
}

static struct host_blk_slot *free_slot(struct host_blk *b)
{
	for (unsigned i = 0; i < b->slot_count; i++)
		if (!b->slots[i].request)
			return &b->slots[i];
	return NULL;
}

static void start_waiting(struct host_blk *b)
{
	struct host_blk_slot *s;
	bool any = false;

	while (b->state == HOST_BLK_RUNNING && b->waiting.first && (s = free_slot(b))) {
		s->request = list_take(&b->waiting);
		s->request->progress = 0;
		b->under_way++;
		start_part(b, s);
		any = true;
	}
	if (any)
		host_virtio_notify(&b->virtio, 0);
}

static int submit(struct block_disk *d, struct block_request *r)
{
	struct host_blk *b = blk_of(d);

	if (b->state == HOST_BLK_DEAD)
		finish_later(b, r, -EIO);
	else
		list_add(&b->waiting, r);
	start_waiting(b);
	return 0;
}

const struct block_ops host_blk_io_ops = {.submit = submit};

/* ---- what the device is through with ---------------------------------------------- */

static void fail_all(struct host_blk *b)
{
	struct block_request *r;

	for (unsigned i = 0; i < b->slot_count; i++) {
		r = b->slots[i].request;
		b->slots[i].request = NULL;
		if (r)
			finish_later(b, r, -EIO);
	}
	b->under_way = 0;
	while ((r = list_take(&b->waiting)))
		finish_later(b, r, -EIO);
}

/* The device is reset, or cut off: its memory is the driver's. */
static void end_reset(struct host_blk *b, bool is_reset)
{
	b->state = HOST_BLK_DEAD;
	fail_all(b);
	if (is_reset && b->may_restart && !host_blk_start_device(b))
		b->state = HOST_BLK_RUNNING;
	b->may_restart = false;
	host_virtio_log(&b->virtio,
			b->state == HOST_BLK_RUNNING ? "reset, its requests failed" : "given up");
}

static void abandon(struct host_blk *b, const char *why, bool may_restart)
{
	host_virtio_log(&b->virtio, why);
	b->state = HOST_BLK_RESETTING;
	b->ticks_left = RESET_TICKS;
	b->may_restart = b->may_restart && may_restart;
	if (host_virtio_reset(&b->virtio))
		end_reset(b, true);
}

static void report(struct host_blk *b, const struct host_blk_slot *s)
{
	if (b->reported++ < REPORTS_MAX)
		log_warn("disk %s: request of type %u failed with status %u, sector %llu, %u "
			 "sectors%s",
			 b->disk.name, s->header.type, s->status, s->header.sector, s->sectors,
			 b->reported == REPORTS_MAX ? "; more of this is not shown" : "");
}

static void part_done(struct host_blk *b, struct host_blk_slot *s)
{
	struct block_request *r = s->request;

	r->progress += s->sectors;
	if (s->status == VIRTIO_BLK_S_OK && s->sectors && r->progress < r->sectors) {
		start_part(b, s);
		host_virtio_notify(&b->virtio, 0);
		return;
	}
	s->request = NULL;
	b->under_way--;
	if (s->status == VIRTIO_BLK_S_OK || s->header.type == VIRTIO_BLK_T_GET_ID) {
		finish_later(b, r, 0);
	} else {
		report(b, s);
		finish_later(b, r, -EIO);
	}
}

/* The written lengths are not looked at: legacy devices get them wrong (2.4.8.1). */
static void take_used(struct host_blk *b)
{
	uint32_t written;
	unsigned n, budget = HOST_BLK_SLOTS;

	while (budget-- && host_ring_take(ring_of(b), &n, &written))
		part_done(b, &b->slots[n]);
	if (ring_of(b)->broken)
		abandon(b, ring_of(b)->broken, false);
}

bool host_blk_io_interrupt(struct host_blk *b)
{
	uint8_t reasons = host_virtio_interrupt(&b->virtio);

	if (b->state == HOST_BLK_RUNNING) {
		take_used(b);
		if (reasons & ~1u && host_virtio_needs_reset(&b->virtio))
			abandon(b, "says that it needs a reset", true);
	}
	finish_list(b);
	start_waiting(b);
	return reasons;
}

bool host_blk_io_is_waiting(const struct host_blk *b)
{
	return b->under_way || b->waiting.first || b->finished.first ||
	       b->state == HOST_BLK_RESETTING;
}

static bool is_late(const struct host_blk *b)
{
	uint64_t now = delay_now_ns();

	for (unsigned i = 0; i < b->slot_count; i++)
		if (b->slots[i].request && now - b->slots[i].since_ns > TIMEOUT_NS)
			return true;
	return false;
}

static void tick_resetting(struct host_blk *b)
{
	bool is_reset = host_virtio_is_reset(&b->virtio);

	if (!is_reset && --b->ticks_left)
		return;
	if (!is_reset)
		host_virtio_cut_off(&b->virtio);
	end_reset(b, is_reset);
}

void host_blk_io_tick(struct host_blk *b)
{
	if (b->state == HOST_BLK_RUNNING)
		take_used(b); /* in case of a lost interrupt */
	if (b->state == HOST_BLK_RUNNING && is_late(b))
		abandon(b, "no answer for 30 s", true);
	else if (b->state == HOST_BLK_RESETTING)
		tick_resetting(b);
	finish_list(b);
	start_waiting(b);
}

uint8_t host_blk_io_get_id(struct host_blk *b, char *id)
{
	struct host_blk_slot *s = &b->slots[0];
	struct chain c = begin_chain(b, s, VIRTIO_BLK_T_GET_ID);
	uint32_t written;
	unsigned n;

	chain_add(&c, id, VIRTIO_BLK_ID_BYTES, VRING_DESC_F_WRITE);
	give(b, s, &c);
	host_virtio_notify(&b->virtio, 0);
	for (unsigned i = 0; i < ID_POLLS; i++) {
		if (host_ring_take(ring_of(b), &n, &written))
			return s->status;
		delay_us(ID_POLL_US);
	}
	return HOST_BLK_NO_STATUS;
}

void host_blk_io_init(struct host_blk *b)
{
	list_init(&b->waiting);
	list_init(&b->finished);
}
