/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One ATA command at a time, and what becomes of those that fail. */
#include "drivers/ata_channel.h"

#include "core/delay.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/util.h"

#define HANG_NS        (10 * NSEC_PER_SEC)
#define FLUSH_NS       (60 * NSEC_PER_SEC) /* more than 30 s are allowed (ACS-4, 7.10) */
#define HANGS_MAX      3u
#define RECOVERY_STEPS 100u
#define STEP_NS        (20 * NSEC_PER_MSEC) /* at least, between two */
#define REPORTS_MAX    10u                  /* a guest can read a bad sector again and again */
#define FAILED_AT_ONCE 32u

static void push(struct ata_disk *d, struct block_request *r)
{
	r->next = NULL;
	if (d->first)
		d->last->next = r;
	else
		d->first = r;
	d->last = r;
}

static void push_front(struct ata_disk *d, struct block_request *r)
{
	r->next = d->first;
	if (!d->first)
		d->last = r;
	d->first = r;
}

static struct block_request *pop(struct ata_disk *d)
{
	struct block_request *r = d->first;

	d->first = r->next;
	return r;
}

/* The drives take turns. */
static void start_next(struct ata_channel *c)
{
	for (unsigned i = 0; i < ATA_CHANNEL_DISKS; i++) {
		unsigned drive = (c->drive + 1 + i) % ATA_CHANNEL_DISKS;
		struct ata_disk *d = &c->disks[drive];

		if (!d->first || d->is_dead)
			continue;
		c->drive = drive;
		c->active = pop(d);
		c->since_ns = delay_now_ns();
		ata_next_command(d, c->active, c->payload, &c->command);
		c->ops->issue(c, drive);
		return;
	}
}

static int submit(struct block_disk *block, struct block_request *r)
{
	struct ata_disk *d = container_of(block, struct ata_disk, block);
	struct ata_channel *c = d->channel;

	r->progress = 0;
	push(d, r);
	if (!c->active && !c->is_recovering)
		start_next(c);
	return 0;
}

static const struct block_ops ops = {.submit = submit};

const char *ata_channel_add(struct ata_channel *c, unsigned drive)
{
	struct ata_disk *d = &c->disks[drive];
	const char *problem = ata_identify(d, (const uint16_t *)c->payload->ranges);

	if (problem)
		return problem;
	d->channel = c;
	d->block.ops = &ops;
	return NULL;
}

static const char *name(const struct ata_disk *d)
{
	return d->block.name[0] ? d->block.name : d->block.model;
}

static void report(struct ata_disk *d, const struct block_request *r, const char *what)
{
	static const char *const names[] = {"read", "write", "flush", "discard", "zeroes"};

	if (d->reported++ >= REPORTS_MAX)
		return;
	log_warn("disk %s: %s %s, sector %llu, %u sectors%s", name(d), names[r->op], what,
		 ata_total(r) ? r->sector : 0ull, ata_total(r),
		 d->reported == REPORTS_MAX ? "; more of this is not shown" : "");
}

static void give_up(struct ata_disk *d)
{
	if (d->is_dead || !d->block.ops)
		return;
	d->is_dead = true;
	log_error("disk %s: no longer answers, nothing more is asked of it", name(d));
}

/* The next command is on its way before done(), which may take its time, or submit another. */
static void finish(struct ata_channel *c, int error)
{
	struct block_request *r = c->active;

	c->active = NULL;
	start_next(c);
	if (r)
		r->done(r, error);
}

static void step_recovery(struct ata_channel *c)
{
	c->since_ns = delay_now_ns();
	if (!c->ops->recover(c)) {
		if (++c->step < RECOVERY_STEPS)
			return;
		for (unsigned i = 0; i < ATA_CHANNEL_DISKS; i++)
			give_up(&c->disks[i]);
	}
	c->is_recovering = false;
	finish(c, -EIO);
}

/* The request keeps its memory until the device is known to leave it alone. */
static void fail(struct ata_channel *c, bool is_hung)
{
	struct ata_disk *d = &c->disks[c->drive];

	if (c->active)
		report(d, c->active, is_hung ? "gets no answer" : "failed");
	if (is_hung && ++d->hangs >= HANGS_MAX)
		give_up(d);
	c->is_recovering = true;
	c->is_hung = is_hung;
	c->step = 0;
	step_recovery(c);
}

void ata_channel_end(struct ata_channel *c, bool is_good)
{
	struct ata_disk *d = &c->disks[c->drive];

	if (c->is_recovering)
		return;
	if (!is_good) {
		fail(c, false);
		return;
	}
	if (!c->active)
		return;
	d->hangs = 0;
	c->active->progress += c->command.sectors;
	if (c->active->progress < ata_total(c->active)) {
		push_front(d, c->active);
		c->active = NULL;
		start_next(c);
		return;
	}
	finish(c, 0);
}

bool ata_channel_is_waiting(const struct ata_channel *c)
{
	return c->active || c->is_recovering || c->disks[0].first || c->disks[1].first;
}

static void fail_queue(struct ata_disk *d)
{
	for (unsigned n = 0; d->first && n < FAILED_AT_ONCE; n++) {
		struct block_request *r = pop(d);

		r->done(r, -EIO);
	}
}

void ata_channel_tick(struct ata_channel *c)
{
	uint64_t ns = delay_now_ns() - c->since_ns;

	if (c->is_recovering && ns >= STEP_NS)
		step_recovery(c);
	else if (!c->is_recovering && c->active &&
		 ns > (c->active->op == BLOCK_FLUSH ? FLUSH_NS : HANG_NS))
		fail(c, true);
	for (unsigned i = 0; i < ATA_CHANNEL_DISKS; i++)
		if (c->disks[i].is_dead)
			fail_queue(&c->disks[i]);
}
