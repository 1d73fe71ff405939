/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio block device (virtio 1.0, 5.2): one queue in front of a disk. */
#include "core/virtio/blk.h"

#include <assert.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include "core/lib.h"
#include "core/util.h"

#define DATA_MAX (BLOCK_SEGMENTS * BLOCK_SEGMENT_MAX)

/* What one DISCARD or WRITE_ZEROES may name: 1 GiB. */
#define RANGE_SECTORS_MAX (1u << 21)

/* Descriptors looked at in one go, and what a buffer counts for besides. */
#define TAKE_BUDGET 256
#define BUFFER_COST 8

/* The end of the configuration: before what is for secure erase. */
#define CONFIG_BYTES 60u
static_assert(offsetof(struct virtio_blk_config, unused1) + 3 == CONFIG_BYTES, "virtio 1.1, 5.2.4");
static_assert(CONFIG_BYTES <= VIRTIO_CONFIG_BYTES, "it fits");

/* A buffer of the guest's as it is being read. */
struct blk_buffer {
	struct virtq_buffer b;
	unsigned status_segment; /* the last byte of this one is the status */
	struct virtio_blk_outhdr header;
};

static struct virtio_blk *blk_of(struct virtio_device *d)
{
	return container_of(d, struct virtio_blk, device);
}

static struct virtq *ring_of(struct virtio_blk *b)
{
	return &b->device.queues[0].ring;
}

static void answer(struct virtio_blk *b, uint16_t head, gpa_t at, uint8_t status, uint32_t written)
{
	WRITE_ONCE(b->device.mem.base[at], status);
	virtq_push_head(ring_of(b), head, written);
	virtio_used(&b->device, 0);
}

static gpa_t status_at(const struct blk_buffer *in)
{
	const struct virtq_segment *s = &in->b.segments[in->status_segment];

	return s->gpa + s->bytes - 1;
}

static void refuse(struct virtio_blk *b, const struct blk_buffer *in, uint8_t status)
{
	answer(b, in->b.head, status_at(in), status, 1);
}

static void release(struct virtio_blk *b, struct virtio_blk_request *r)
{
	if (b->bouncing == r)
		b->bouncing = NULL;
	r->owner = NULL;
	b->in_flight--;
}

static bool disk_has_any(const struct virtio_blk *b)
{
	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++)
		if (b->requests[i].owner && !b->requests[i].is_waiting)
			return true;
	return false;
}

/* If the disk refuses and has no request of ours that will be done, only asking again helps. */
static void start(struct virtio_blk *b, struct virtio_blk_request *r)
{
	const struct block_ops *ops = b->disk->ops;

	r->is_waiting = ops->submit(b->disk, &r->block);
	b->device.work_left |= r->is_waiting ? !disk_has_any(b) : ops->step != NULL;
}

/* The disk has room again, perhaps. False: not enough. */
static bool restart_waiting(struct virtio_blk *b)
{
	if (!b->in_flight)
		return true;
	for (struct virtio_blk_request *r = b->requests; r < b->requests + VIRTIO_BLK_REQUESTS; r++)
		if (r->owner && r->is_waiting) {
			start(b, r);
			if (r->is_waiting)
				return false;
		}
	return true;
}

/* Moves the piece between the bounce buffer and the guest's segments. */
static void copy_piece(struct virtio_blk *b, bool to_guest)
{
	uint32_t n;

	for (uint32_t done = 0; done < b->piece.bytes; done += n) {
		const struct block_segment *s = &b->bouncing->segments[b->bounce_segment];
		uint8_t *guest = (uint8_t *)s->at + b->bounce_offset;

		n = MIN(s->bytes - b->bounce_offset, b->piece.bytes - done);
		if (to_guest)
			memcpy(guest, b->bounce + done, n);
		else
			memcpy(b->bounce + done, guest, n);
		b->bounce_offset += n;
		if (b->bounce_offset == s->bytes) {
			b->bounce_segment++;
			b->bounce_offset = 0;
		}
	}
}

static void start_piece(struct virtio_blk *b)
{
	struct block_request *r = &b->bouncing->block;
	uint32_t sectors = MIN(b->bounce_left, VIRTIO_BLK_BOUNCE / BLOCK_SECTOR);

	b->bounce_left -= sectors;
	b->piece.bytes = sectors * BLOCK_SECTOR;
	r->sectors = sectors;
	if (r->op == BLOCK_WRITE)
		copy_piece(b, false);
	start(b, b->bouncing);
}

/* A part of the request is done. True: another had to begin. */
static bool goes_on(struct virtio_blk *b, struct virtio_blk_request *r)
{
	if (b->bouncing == r) {
		if (r->block.op == BLOCK_READ)
			copy_piece(b, true);
		if (b->bounce_left) {
			r->block.sector += r->block.sectors;
			start_piece(b);
			return true;
		}
	}
	if (!r->flush_after)
		return false;
	r->flush_after = false;
	r->block.op = BLOCK_FLUSH;
	start(b, r);
	return true;
}

/* Many may be done at one go: the next buffers, which may take long, wait for the guest's turn. */
static void done(struct block_request *block, int error)
{
	struct virtio_blk_request *r = container_of(block, struct virtio_blk_request, block);
	struct virtio_blk *b = r->owner;

	if (r->is_orphan || error || !goes_on(b, r)) {
		release(b, r);
		b->disk->errors += error != 0;
		if (!r->is_orphan)
			answer(b, r->head, r->status, error ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK,
			       error ? 1 : r->written);
	}
	restart_waiting(b);
	if (virtq_has_buffer(ring_of(b)))
		virtio_wants_work(&b->device);
}

/* Where the status goes. False: nowhere. */
static bool find_status(struct blk_buffer *in)
{
	bool is_there = false;

	for (unsigned i = 0; i < in->b.count; i++) {
		if (in->b.segments[i].device_writes && in->b.segments[i].bytes) {
			in->status_segment = i;
			is_there = true;
		}
	}
	return is_there;
}

/*
 * Lists the data: what is between the header and the status, however the guest
 * cut its buffer (virtio 1.0, 2.4.4). Returns the bytes; more than DATA_MAX:
 * more than was allowed.
 */
static uint64_t list_data(const struct virtio_blk *b, const struct blk_buffer *in, bool is_read,
			  struct virtio_blk_request *r)
{
	uint32_t skip = is_read ? 0 : sizeof(in->header);
	uint64_t total = 0;

	r->block.count = 0;
	for (unsigned i = 0; i < in->b.count; i++) {
		const struct virtq_segment *s = &in->b.segments[i];
		uint32_t front = MIN(skip, s->bytes), bytes = s->bytes - front;

		if (s->device_writes != is_read)
			continue;
		skip -= front;
		if (is_read && i == in->status_segment)
			bytes--;
		if (!bytes)
			continue;
		if (r->block.count == BLOCK_SEGMENTS)
			return UINT64_MAX;
		r->segments[r->block.count++] =
			(struct block_segment){b->device.mem.base + s->gpa + front, bytes};
		total += bytes;
	}
	return total;
}

static bool is_on_disk(const struct virtio_blk *b, uint64_t sector, uint32_t sectors)
{
	return sector <= b->disk->sectors && sectors <= b->disk->sectors - sector;
}

/* Whether the disk can use the guest's memory as it is cut. */
static bool is_direct(const struct virtio_blk_request *r)
{
	for (unsigned i = 0; i < r->block.count; i++)
		if ((uintptr_t)r->segments[i].at % 4 || r->segments[i].bytes % BLOCK_SECTOR ||
		    r->segments[i].bytes > BLOCK_SEGMENT_MAX)
			return false;
	return true;
}

static void begin(struct virtio_blk *b, struct virtio_blk_request *r, const struct blk_buffer *in)
{
	r->owner = b;
	r->is_orphan = false;
	r->head = in->b.head;
	r->status = status_at(in);
	r->block.done = done;
	r->flush_after = r->block.op != BLOCK_READ && r->block.op != BLOCK_FLUSH &&
			 !virtio_has(&b->device, VIRTIO_BLK_F_FLUSH);
	b->in_flight++;
	if (b->bouncing == r)
		start_piece(b);
	else
		start(b, r);
}

/* False: it must wait for the bounce buffer. */
static bool read_or_write(struct virtio_blk *b, struct virtio_blk_request *r,
			  const struct blk_buffer *in)
{
	bool is_read = in->header.type == VIRTIO_BLK_T_IN;
	uint64_t bytes = list_data(b, in, is_read, r);
	uint32_t sectors = (uint32_t)bytes / BLOCK_SECTOR;
	bool is_bad = bytes > DATA_MAX || bytes % BLOCK_SECTOR ||
		      (!is_read && b->disk->read_only) ||
		      !is_on_disk(b, in->header.sector, sectors);

	if (is_bad || !sectors) {
		refuse(b, in, is_bad ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK);
		return true;
	}
	r->block.op = is_read ? BLOCK_READ : BLOCK_WRITE;
	r->block.sector = in->header.sector;
	r->block.sectors = sectors;
	r->block.segments = r->segments;
	r->written = is_read ? (uint32_t)bytes + 1 : 1;
	if (!is_direct(r)) {
		if (b->bouncing)
			return false;
		b->bouncing = r;
		b->bounce_segment = 0;
		b->bounce_offset = 0;
		b->bounce_left = sectors;
		r->block.count = 1;
		r->block.segments = &b->piece;
	}
	begin(b, r, in);
	return true;
}

static void without_data(struct virtio_blk *b, struct virtio_blk_request *r,
			 const struct blk_buffer *in, enum block_op op, uint64_t sector,
			 uint32_t sectors)
{
	r->block = (struct block_request){.op = op, .sector = sector, .sectors = sectors};
	r->written = 1;
	begin(b, r, in);
}

/* DISCARD and WRITE_ZEROES (virtio 1.1, 5.2.6): one range, as max_*_seg says. */
static void range_request(struct virtio_blk *b, struct virtio_blk_request *r,
			  const struct blk_buffer *in)
{
	struct virtio_blk_discard_write_zeroes range;
	bool is_discard = in->header.type == VIRTIO_BLK_T_DISCARD;
	uint32_t known = is_discard ? 0 : VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;

	if (!virtio_has(&b->device, is_discard ? VIRTIO_BLK_F_DISCARD : VIRTIO_BLK_F_WRITE_ZEROES))
		refuse(b, in, VIRTIO_BLK_S_UNSUPP);
	else if (virtq_readable(&in->b) != sizeof(in->header) + sizeof(range) ||
		 !virtq_copy_out(ring_of(b), &in->b, sizeof(in->header), &range, sizeof(range)))
		refuse(b, in, VIRTIO_BLK_S_IOERR);
	else if (range.flags & ~known)
		refuse(b, in, VIRTIO_BLK_S_UNSUPP);
	else if (range.num_sectors > RANGE_SECTORS_MAX ||
		 !is_on_disk(b, range.sector, range.num_sectors))
		refuse(b, in, VIRTIO_BLK_S_IOERR);
	else if (!range.num_sectors)
		refuse(b, in, VIRTIO_BLK_S_OK);
	else
		without_data(b, r, in, is_discard ? BLOCK_DISCARD : BLOCK_WRITE_ZEROES,
			     range.sector, range.num_sectors);
}

static void get_id(struct virtio_blk *b, const struct blk_buffer *in)
{
	uint32_t bytes = MIN(virtq_writable(&in->b) - 1, sizeof(b->id));

	virtq_copy_in(ring_of(b), &in->b, 0, b->id, bytes);
	answer(b, in->b.head, status_at(in), VIRTIO_BLK_S_OK, bytes + 1);
}

/* False: it cannot be served now. */
static bool serve(struct virtio_blk *b, struct virtio_blk_request *r, struct blk_buffer *in)
{
	uint32_t bytes = sizeof(in->header);

	if (virtq_copy_out(ring_of(b), &in->b, 0, &in->header, bytes) < bytes) {
		refuse(b, in, VIRTIO_BLK_S_IOERR);
		return true;
	}
	switch (in->header.type) {
	case VIRTIO_BLK_T_IN:
	case VIRTIO_BLK_T_OUT:
		return read_or_write(b, r, in);
	case VIRTIO_BLK_T_FLUSH:
		without_data(b, r, in, BLOCK_FLUSH, 0, 0);
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		range_request(b, r, in);
		break;
	case VIRTIO_BLK_T_GET_ID:
		get_id(b, in);
		break;
	default:
		refuse(b, in, VIRTIO_BLK_S_UNSUPP);
	}
	return true;
}

static struct virtio_blk_request *free_request(struct virtio_blk *b)
{
	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++)
		if (!b->requests[i].owner)
			return &b->requests[i];
	return NULL;
}

/*
 * Takes buffers while there is room for what they ask. Who gives no room for
 * the status could never be told anything: that breaks the ring.
 */
static void take(struct virtio_blk *b)
{
	struct virtq *ring = ring_of(b);
	struct virtio_blk_request *r;
	struct blk_buffer in;
	int budget = TAKE_BUDGET;

	while ((r = free_request(b)) && budget > 0 && virtq_pop(ring, &in.b)) {
		if (!find_status(&in)) {
			ring->is_broken = true;
			ring->why = "disk request without room for a status";
			return;
		}
		if (!serve(b, r, &in)) {
			virtq_unpop(ring);
			return;
		}
		if (r->owner && r->is_waiting)
			return;
		budget -= (int)in.b.count + BUFFER_COST;
	}
	if (budget <= 0)
		b->device.work_left |= r && virtq_has_buffer(ring);
}

static void go_on(struct virtio_blk *b)
{
	if (restart_waiting(b) && virtio_is_ready(&b->device))
		take(b);
}

static void notify(struct virtio_device *d, unsigned queue)
{
	(void)queue;
	go_on(blk_of(d));
}

static void work(struct virtio_device *d)
{
	struct virtio_blk *b = blk_of(d);

	if (b->in_flight && b->disk->ops->step && b->disk->ops->step(b->disk))
		d->work_left = true;
	go_on(b);
}

static void reset(struct virtio_device *d)
{
	struct virtio_blk *b = blk_of(d);

	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
		if (b->requests[i].owner && b->requests[i].is_waiting)
			release(b, &b->requests[i]);
		b->requests[i].is_orphan = true;
	}
	d->work_left = b->in_flight != 0;
}

static bool is_busy(const struct virtio_device *d)
{
	return container_of(d, const struct virtio_blk, device)->in_flight;
}

static const struct virtio_kind kind = {
	.name = "disk",
	.id = VIRTIO_ID_BLOCK,
	.queues = 1,
	.queue_num = 128,
	.config_bytes = CONFIG_BYTES,
	.reset = reset,
	.notify = notify,
	.work = work,
	.is_busy = is_busy,
};

static void wake(struct block_disk *disk)
{
	((struct virtio_blk *)disk->owner)->device.work_left = true;
}

static uint32_t features_of(const struct block_disk *disk)
{
	uint32_t features = 1u << VIRTIO_BLK_F_SIZE_MAX | 1u << VIRTIO_BLK_F_SEG_MAX |
			    1u << VIRTIO_BLK_F_BLK_SIZE | 1u << VIRTIO_BLK_F_FLUSH |
			    1u << VIRTIO_BLK_F_TOPOLOGY;

	if (disk->read_only)
		return features | 1u << VIRTIO_BLK_F_RO;
	if (disk->can_discard)
		features |= 1u << VIRTIO_BLK_F_DISCARD;
	if (disk->can_write_zeroes)
		features |= 1u << VIRTIO_BLK_F_WRITE_ZEROES;
	return features;
}

static void set_config(struct virtio_blk *b)
{
	uint32_t physical = MAX(b->disk->physical_bytes / BLOCK_SECTOR, 1u);
	struct virtio_blk_config c = {
		.capacity = b->disk->sectors,
		.size_max = BLOCK_SEGMENT_MAX,
		.seg_max = BLOCK_SEGMENTS,
		.blk_size = BLOCK_SECTOR,
		.physical_block_exp = (uint8_t)__builtin_ctz(physical),
		.min_io_size = (uint16_t)physical,
		.max_discard_sectors = RANGE_SECTORS_MAX,
		.max_discard_seg = 1,
		.discard_sector_alignment = physical,
		.max_write_zeroes_sectors = RANGE_SECTORS_MAX,
		.max_write_zeroes_seg = 1,
	};

	memcpy(b->device.config, &c, CONFIG_BYTES);
}

void virtio_blk_init(struct virtio_blk *b, const struct vmem *mem, struct block_disk *disk,
		     const char *id)
{
	b->disk = disk;
	b->in_flight = 0;
	b->bouncing = NULL;
	b->piece.at = b->bounce;
	for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++)
		b->requests[i].owner = NULL;
	memset(b->id, 0, sizeof(b->id));
	memcpy(b->id, id, strnlen(id, sizeof(b->id)));
	disk->owner = b;
	disk->wake = wake;
	virtio_device_init(&b->device, &kind, mem, features_of(disk));
	set_config(b);
}
