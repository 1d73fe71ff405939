/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk whose requests are done when, in what order and with what result the
 * test likes, and that checks what it gets; and requests for any disk.
 */
#ifndef GATEHOUSE_TEST_UNIT_DISK_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_DISK_FIXTURE_H

#include "core/block.h"

#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define FAKE_PENDING 64u

struct fake_disk {
	struct block_disk disk;
	uint8_t *data;
	struct block_request *pending[FAKE_PENDING];
	unsigned count;
	unsigned room;    /* requests it takes at the same time */
	unsigned submits; /* that it took */
	unsigned flushes; /* that are done */
	unsigned refused; /* with -EAGAIN */
	bool in_submit;   /* done() must not be called now */
};

static inline void fake_check_segments(const struct block_request *r)
{
	uint32_t bytes = 0;

	assert_true(r->count >= 1 && r->count <= BLOCK_SEGMENTS);
	for (unsigned i = 0; i < r->count; i++) {
		const struct block_segment *s = &r->segments[i];

		assert_true(s->bytes && s->bytes <= BLOCK_SEGMENT_MAX && s->bytes % 512 == 0);
		assert_int_equal((uintptr_t)s->at % 4, 0);
		bytes += s->bytes;
	}
	assert_int_equal(bytes, r->sectors * 512);
}

static inline int fake_submit(struct block_disk *d, struct block_request *r)
{
	struct fake_disk *f = container_of(d, struct fake_disk, disk);

	if (r->op != BLOCK_FLUSH) {
		assert_true(r->sectors && r->sector <= d->sectors);
		assert_true(r->sectors <= d->sectors - r->sector);
		assert_true(r->op == BLOCK_READ || !d->read_only);
	}
	if (r->op == BLOCK_READ || r->op == BLOCK_WRITE)
		fake_check_segments(r);
	for (unsigned i = 0; i < f->count; i++)
		assert_ptr_not_equal(f->pending[i], r);
	if (f->count >= f->room) {
		f->refused++;
		return -EAGAIN;
	}
	memset(&r->next, 0xEE, sizeof(r->next)); /* they are the disk's */
	memset(&r->holder, 0xEE, sizeof(r->holder));
	r->progress = 0xEEEEEEEE;
	f->pending[f->count++] = r;
	f->submits++;
	return 0;
}

static inline void fake_move(struct fake_disk *f, struct block_request *r)
{
	uint8_t *at = f->data + r->sector * 512;

	f->flushes += r->op == BLOCK_FLUSH;
	if (r->op == BLOCK_WRITE_ZEROES)
		memset(at, 0, r->sectors * 512);
	if (r->op == BLOCK_DISCARD)
		memset(at, 0xDD, r->sectors * 512);
	if (r->op != BLOCK_READ && r->op != BLOCK_WRITE)
		return;
	for (unsigned i = 0; i < r->count; at += r->segments[i++].bytes) {
		if (r->op == BLOCK_READ)
			memcpy(r->segments[i].at, at, r->segments[i].bytes);
		else
			memcpy(at, r->segments[i].at, r->segments[i].bytes);
	}
}

/* Finishes the nth of those that are pending. */
static inline void fake_finish(struct fake_disk *f, unsigned n, int error)
{
	struct block_request *r = f->pending[n];

	assert_true(n < f->count);
	f->pending[n] = f->pending[--f->count];
	if (!error)
		fake_move(f, r);
	r->done(r, error);
}

static const struct block_ops fake_ops = {.submit = fake_submit};

static inline void fake_disk_init(struct fake_disk *f, uint32_t sectors)
{
	memset(f, 0, sizeof(*f));
	f->disk.ops = &fake_ops;
	f->disk.sectors = sectors;
	f->disk.physical_bytes = 4096;
	strcpy(f->disk.model, "fake");
	f->room = FAKE_PENDING;
	f->data = malloc(sectors * 512);
	for (uint32_t i = 0; i < sectors * 512; i++)
		f->data[i] = (uint8_t)(i * 7 + (i >> 9) * 13 + (i >> 17));
}

/* ---- requests ------------------------------------------------------------------ */

struct maker {
	struct block_request block;
	struct block_segment segments[BLOCK_SEGMENTS];
	uint8_t *memory;
	unsigned done; /* how often */
	int error;
};

static inline void maker_done(struct block_request *r, int error)
{
	struct maker *m = container_of(r, struct maker, block);

	m->done++;
	m->error = error;
}

/* Memory of its own, cut into random segments unless random is NULL. */
static inline void make_request(struct maker *m, struct unit_random *random, enum block_op op,
				uint64_t sector, uint32_t sectors)
{
	uint32_t at = 0;

	free(m->memory);
	*m = (struct maker){.block = {.op = op,
				      .sector = sector,
				      .sectors = sectors,
				      .segments = m->segments,
				      .done = maker_done}};
	if (op != BLOCK_READ && op != BLOCK_WRITE)
		return;
	m->memory = malloc(sectors * 512);
	while (at < sectors) {
		uint32_t n = MIN(sectors - at, BLOCK_SEGMENT_MAX / 512);

		if (random && m->block.count < BLOCK_SEGMENTS - 1 - sectors / 128)
			n = 1 + (uint32_t)(unit_random(random) % n);
		m->segments[m->block.count++] =
			(struct block_segment){m->memory + at * 512, n * 512};
		at += n;
	}
	for (uint32_t i = 0; i < sectors * 512; i += 4) {
		uint32_t r = random ? (uint32_t)unit_random(random) : i;

		memcpy(m->memory + i, &r, 4);
	}
}

static inline void maker_submit(struct maker *m, struct block_disk *d)
{
	assert_int_equal(d->ops->submit(d, &m->block), 0);
	assert_int_equal(m->done, 0);
}

#endif
