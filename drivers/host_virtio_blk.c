/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio disks (virtio 1.0, 5.2; discard and write zeroes: 1.1). */
#include "drivers/host_virtio_blk.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "core/delay.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/util.h"
#include "drivers/host_virtio.h"

#define SLOTS        32u
#define TABLE        (BLOCK_SEGMENTS + 2) /* and the header, and the status */
#define PHYSICAL_MAX 3u                   /* 512 << 3: more is not believed */
#define QUEUE_MIN    4u
#define NO_STATUS    0xFFu
#define TIMEOUT_NS   (30 * NSEC_PER_SEC)
#define RESET_TICKS  10u
#define ID_POLLS     10000u
#define ID_POLL_US   100u

#define FEATURE(f) (1ull << VIRTIO_##f)
#define FEATURES                                                                                   \
	(FEATURE(BLK_F_SIZE_MAX) | FEATURE(BLK_F_SEG_MAX) | FEATURE(BLK_F_RO) |                    \
	 FEATURE(BLK_F_BLK_SIZE) | FEATURE(BLK_F_TOPOLOGY) | FEATURE(BLK_F_FLUSH) |                \
	 FEATURE(BLK_F_DISCARD) | FEATURE(BLK_F_WRITE_ZEROES) | FEATURE(RING_F_INDIRECT_DESC))

#define CONFIG(v, field)                                                                           \
	host_virtio_config(v, offsetof(struct virtio_blk_config, field),                           \
			   sizeof(((struct virtio_blk_config *)NULL)->field))

enum state {
	RUNNING,
	RESETTING, /* the device may still use the slots' memory */
	DEAD,      /* every request fails */
};

/* A request with the device, or the part of it that is. */
struct slot {
	struct virtio_blk_outhdr header;
	struct virtio_blk_discard_write_zeroes range;
	uint8_t status;
	uint32_t sectors; /* of this part */
	uint64_t since_ns;
	struct block_request *request; /* NULL: free */
};

struct list {
	struct block_request *first, **end;
};

/* What host_device.memory is. */
struct blk {
	uint8_t ring[HOST_RING_BYTES] ALIGNED(HOST_RING_ALIGN);
	struct vring_desc tables[SLOTS][TABLE];
	struct slot slots[SLOTS];
	struct host_virtio virtio;
	struct block_disk disk;
	enum state state;
	unsigned ticks_left;
	bool may_restart, is_indirect;
	uint16_t stride, slot_count;
	uint32_t segments_max, segment_bytes, discard_sectors, zero_sectors;
	uint32_t under_way;   /* slots with a request */
	struct list waiting;  /* for a slot */
	struct list finished; /* without the device; progress is the error */
};

static struct blk *blk_of(struct block_disk *d)
{
	return container_of(d, struct blk, disk);
}

static struct host_ring *ring_of(struct blk *b)
{
	return &b->virtio.queues[0].ring;
}

static bool has(const struct blk *b, unsigned feature)
{
	return b->virtio.features >> feature & 1;
}

/* Whoever collects the disks names it. */
static const char *name_of(const struct blk *b)
{
	return b->disk.name[0] ? b->disk.name : b->virtio.name;
}

/* ---- lists of requests --------------------------------------------------------- */

static void list_init(struct list *l)
{
	*l = (struct list){.end = &l->first};
}

static void list_add(struct list *l, struct block_request *r)
{
	r->next = NULL;
	*l->end = r;
	l->end = &r->next;
}

static struct block_request *list_take(struct list *l)
{
	struct block_request *r = l->first;

	if (r && !(l->first = r->next))
		l->end = &l->first;
	return r;
}

static void finish_later(struct blk *b, struct block_request *r, int error)
{
	r->progress = (uint32_t)error;
	list_add(&b->finished, r);
}

/* Those that wait when it begins: a done() may submit the next. */
static void finish_list(struct blk *b)
{
	struct list l = b->finished;
	struct block_request *r;

	if (!l.first)
		return;
	list_init(&b->finished);
	while ((r = list_take(&l)))
		r->done(r, (int)r->progress);
}

/* ---- requests to the device ------------------------------------------------------ */

static uint32_t request_type(enum block_op op)
{
	switch (op) {
	case BLOCK_READ:
		return VIRTIO_BLK_T_IN;
	case BLOCK_WRITE:
		return VIRTIO_BLK_T_OUT;
	case BLOCK_FLUSH:
		return VIRTIO_BLK_T_FLUSH;
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

static struct chain chain_of(struct blk *b, unsigned n)
{
	if (b->is_indirect)
		return (struct chain){.table = b->tables[n]};
	return (struct chain){.table = host_ring_slot(ring_of(b), n), .first = n * b->stride};
}

static void chain_add(struct chain *c, const void *at, uint32_t bytes, uint16_t flags)
{
	host_ring_link(c->table, c->first, c->count++, at, bytes, VRING_DESC_F_NEXT | flags);
}

/* As many segments from r->progress on as the device takes; returns how many sectors. */
static uint32_t add_data(struct blk *b, struct chain *c, const struct block_request *r)
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

static uint32_t add_range(struct blk *b, struct chain *c, struct slot *s,
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
static void give(struct blk *b, struct slot *s, struct chain *c)
{
	unsigned n = (unsigned)(s - b->slots);

	s->status = NO_STATUS;
	s->since_ns = delay_now_ns();
	host_ring_link(c->table, c->first, c->count++, &s->status, 1, VRING_DESC_F_WRITE);
	if (b->is_indirect)
		host_ring_link(host_ring_slot(ring_of(b), n), n, 0, c->table,
			       c->count * (uint32_t)sizeof(*c->table), VRING_DESC_F_INDIRECT);
	host_ring_give(ring_of(b), n);
}

/* The slot's request from its progress on, or as much of it as fits. */
static void start_part(struct blk *b, struct slot *s)
{
	const struct block_request *r = s->request;
	struct chain c = chain_of(b, (unsigned)(s - b->slots));

	s->header = (struct virtio_blk_outhdr){.type = request_type(r->op)};
	chain_add(&c, &s->header, sizeof(s->header), 0);
	if (r->op == BLOCK_FLUSH) {
		s->sectors = 0;
	} else if (r->op == BLOCK_READ || r->op == BLOCK_WRITE) {
		s->header.sector = r->sector + r->progress;
		s->sectors = add_data(b, &c, r);
	} else {
		s->sectors = add_range(b, &c, s, r);
	}
	give(b, s, &c);
}

static struct slot *free_slot(struct blk *b)
{
	for (unsigned i = 0; i < b->slot_count; i++)
		if (!b->slots[i].request)
			return &b->slots[i];
	return NULL;
}

static void start_waiting(struct blk *b)
{
	struct slot *s;
	bool any = false;

	while (b->state == RUNNING && b->waiting.first && (s = free_slot(b))) {
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
	struct blk *b = blk_of(d);

	if (b->state == DEAD)
		finish_later(b, r, -EIO);
	else if (r->op == BLOCK_FLUSH && !has(b, VIRTIO_BLK_F_FLUSH))
		finish_later(b, r, 0); /* a write is on the medium when it is done (5.2.6.2) */
	else
		list_add(&b->waiting, r);
	start_waiting(b);
	return 0;
}

/* For what need not wait for an interrupt. */
static bool step(struct block_disk *d)
{
	finish_list(blk_of(d));
	return false;
}

static const struct block_ops ops = {.submit = submit, .step = step};

/* ---- what the device is through with ---------------------------------------------- */

static int start_device(struct blk *b);

static void fail_all(struct blk *b)
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
static void end_reset(struct blk *b, bool is_reset)
{
	b->state = DEAD;
	fail_all(b);
	if (is_reset && b->may_restart && !start_device(b))
		b->state = RUNNING;
	b->may_restart = false;
	log_warn("%s: %s", name_of(b),
		 b->state == RUNNING ? "reset, its requests failed" : "given up");
}

static void abandon(struct blk *b, const char *why, bool may_restart)
{
	log_error("%s: %s", name_of(b), why);
	b->state = RESETTING;
	b->ticks_left = RESET_TICKS;
	b->may_restart = b->may_restart && may_restart;
	if (host_virtio_reset(&b->virtio))
		end_reset(b, true);
}

static void part_done(struct blk *b, struct slot *s)
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
	finish_later(b, r, s->status == VIRTIO_BLK_S_OK ? 0 : -EIO);
}

/* The written lengths are not looked at: legacy devices get them wrong (2.4.8.1). */
static void take_used(struct blk *b)
{
	uint32_t written;
	unsigned n, budget = SLOTS;

	while (budget-- && host_ring_take(ring_of(b), &n, &written))
		part_done(b, &b->slots[n]);
	if (ring_of(b)->broken)
		abandon(b, ring_of(b)->broken, false);
}

static bool interrupt(struct host_device *d)
{
	struct blk *b = d->memory;
	uint8_t reasons = host_virtio_interrupt(&b->virtio);

	if (b->state == RUNNING) {
		take_used(b);
		if (reasons & ~1u && host_virtio_needs_reset(&b->virtio))
			abandon(b, "says that it needs a reset", true);
	}
	finish_list(b);
	start_waiting(b);
	return reasons;
}

static bool is_waiting(const struct host_device *d)
{
	const struct blk *b = d->memory;

	return b->under_way || b->waiting.first || b->finished.first || b->state == RESETTING;
}

static bool is_late(const struct blk *b)
{
	uint64_t now = delay_now_ns();

	for (unsigned i = 0; i < b->slot_count; i++)
		if (b->slots[i].request && now - b->slots[i].since_ns > TIMEOUT_NS)
			return true;
	return false;
}

static void tick_resetting(struct blk *b)
{
	bool is_reset = host_virtio_is_reset(&b->virtio);

	if (!is_reset && --b->ticks_left)
		return;
	if (!is_reset)
		host_virtio_cut_off(&b->virtio);
	end_reset(b, is_reset);
}

static void tick(struct host_device *d)
{
	struct blk *b = d->memory;

	if (b->state == RUNNING)
		take_used(b); /* in case of a lost interrupt */
	if (b->state == RUNNING && is_late(b))
		abandon(b, "no answer for 30 s", true);
	else if (b->state == RESETTING)
		tick_resetting(b);
	finish_list(b);
	start_waiting(b);
}

/* ---- start ----------------------------------------------------------------------- */

/* Slots of one indirect descriptor each, or of as many as a request may need, or there are. */
static bool start_queue(struct blk *b)
{
	uint16_t num = host_virtio_queue_size(&b->virtio, 0);

	if (num < QUEUE_MIN)
		return false;
	b->is_indirect = has(b, VIRTIO_RING_F_INDIRECT_DESC);
	b->stride = b->is_indirect ? 1 : (uint16_t)MIN(num, TABLE);
	b->slot_count = (uint16_t)MIN(num / b->stride, SLOTS);
	b->segments_max = MIN(num, TABLE) - 2u; /* no chain is longer than the ring (2.4.5.3.1) */
	return !host_virtio_queue_start(&b->virtio, 0, b->ring, num, b->stride, b->slot_count);
}

static uint32_t config_if(const struct blk *b, unsigned feature, uint32_t value, uint32_t otherwise)
{
	return has(b, feature) ? value : otherwise;
}

/* A device that does not say how many segments it takes is asked for one at a time. */
static bool read_limits(struct blk *b)
{
	const struct host_virtio *v = &b->virtio;
	uint32_t bytes =
		config_if(b, VIRTIO_BLK_F_SIZE_MAX, CONFIG(v, size_max), BLOCK_SEGMENT_MAX);
	uint32_t count = config_if(b, VIRTIO_BLK_F_SEG_MAX, CONFIG(v, seg_max), 1);
	uint32_t block = config_if(b, VIRTIO_BLK_F_BLK_SIZE, CONFIG(v, blk_size), BLOCK_SECTOR);

	b->segment_bytes = ALIGN_DOWN(MIN(bytes, BLOCK_SEGMENT_MAX), BLOCK_SECTOR);
	b->segments_max = MIN(count, b->segments_max);
	b->discard_sectors = config_if(b, VIRTIO_BLK_F_DISCARD, CONFIG(v, max_discard_sectors), 0);
	b->zero_sectors =
		config_if(b, VIRTIO_BLK_F_WRITE_ZEROES, CONFIG(v, max_write_zeroes_sectors), 0);
	if (b->segment_bytes && count && block == BLOCK_SECTOR)
		return true;
	log_error("%s: %u segments of %u bytes, blocks of %u bytes: at least 1 of %u is needed, "
		  "and %u; not used",
		  name_of(b), count, bytes, block, BLOCK_SECTOR, BLOCK_SECTOR);
	return false;
}

static int start_device(struct blk *b)
{
	if (host_virtio_begin(&b->virtio, FEATURES) || !start_queue(b) || !read_limits(b))
		return -EIO;
	host_virtio_run(&b->virtio);
	return 0;
}

/* The disk's serial number, if it has one; false: it does not answer. */
static bool read_serial(struct blk *b)
{
	struct slot *s = &b->slots[0];
	struct chain c = chain_of(b, 0);
	uint32_t written;
	unsigned n;

	s->header = (struct virtio_blk_outhdr){.type = VIRTIO_BLK_T_GET_ID};
	chain_add(&c, &s->header, sizeof(s->header), 0);
	chain_add(&c, b->disk.serial, VIRTIO_BLK_ID_BYTES, VRING_DESC_F_WRITE);
	give(b, s, &c);
	host_virtio_notify(&b->virtio, 0);
	for (unsigned i = 0; !host_ring_take(ring_of(b), &n, &written); i++) {
		if (i == ID_POLLS || ring_of(b)->broken)
			return false;
		delay_us(ID_POLL_US);
	}
	for (n = 0; n < VIRTIO_BLK_ID_BYTES && s->status == VIRTIO_BLK_S_OK; n++)
		if (b->disk.serial[n] < ' ' || b->disk.serial[n] > '~')
			break;
	memset(b->disk.serial + n, 0, BLOCK_SERIAL - n);
	return true;
}

static void describe(struct blk *b)
{
	const struct host_virtio *v = &b->virtio;
	uint32_t exponent = config_if(b, VIRTIO_BLK_F_TOPOLOGY, CONFIG(v, physical_block_exp), 0);

	b->disk.ops = &ops;
	snprintf(b->disk.model, sizeof(b->disk.model), "%s", v->name);
	b->disk.sectors = CONFIG(v, capacity);
	b->disk.physical_bytes = BLOCK_SECTOR << MIN(exponent, PHYSICAL_MAX);
	b->disk.read_only = has(b, VIRTIO_BLK_F_RO);
	b->disk.can_discard = b->discard_sectors && !b->disk.read_only;
	b->disk.can_write_zeroes = b->zero_sectors && !b->disk.read_only;
}

static bool matches(const struct pci_function *f)
{
	return host_virtio_matches(f, VIRTIO_ID_BLOCK);
}

static int start(struct host_device *d)
{
	struct blk *b = d->memory;

	list_init(&b->waiting);
	list_init(&b->finished);
	b->may_restart = true;
	if (host_virtio_open(&b->virtio, &d->pci, "virtio disk"))
		return -EIO;
	if (start_device(b)) {
		host_virtio_close(&b->virtio);
		return -EIO;
	}
	if (!read_serial(b)) {
		log_error("%s: does not answer; not used", name_of(b));
		host_virtio_close(&b->virtio);
		return -EIO;
	}
	describe(b);
	d->disks[0] = &b->disk;
	d->disk_count = 1;
	return 0;
}

static void stop(struct host_device *d)
{
	struct blk *b = d->memory;

	host_virtio_close(&b->virtio);
}

const struct host_driver host_virtio_blk_driver = {
	.name = "virtio disk",
	.memory = sizeof(struct blk),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.is_waiting = is_waiting,
	.tick = tick,
	.stop = stop,
};
