/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a disk as a disk. The disk's owner is one window of the ring of all. */
#include "core/disk_window.h"

#include "core/lib.h"
#include "core/util.h"

static struct disk_window *window_of(struct block_disk *d)
{
	return container_of(d, struct disk_window, disk);
}

static void done(struct block_request *below, int error);

/* Passes the request that waits longest on. False: there is none, or it must go on waiting. */
static bool start_one(struct disk_window *w)
{
	struct disk_window_request *slot = w->requests;
	struct block_request *r = w->waiting;

	while (slot < w->requests + DISK_WINDOW_REQUESTS && slot->above)
		slot++;
	if (!r || slot == w->requests + DISK_WINDOW_REQUESTS)
		return false;
	slot->below = (struct block_request){.op = r->op,
					     .sector = w->first + r->sector,
					     .sectors = r->sectors,
					     .count = r->count,
					     .segments = r->segments,
					     .done = done};
	if (w->below->ops->submit(w->below, &slot->below))
		return false;
	slot->above = r;
	slot->window = w;
	w->waiting = r->next;
	return true;
}

/* The neighbours come first: who keeps the disk full does not starve them. */
static void done(struct block_request *below, int error)
{
	struct disk_window_request *slot = container_of(below, struct disk_window_request, below);
	struct disk_window *w = slot->window, *other = w;
	struct block_request *above = slot->above;

	slot->above = NULL;
	do {
		other = other->neighbour;
		start_one(other);
	} while (other != w);
	above->done(above, error);
}

static int submit(struct block_disk *d, struct block_request *r)
{
	struct disk_window *w = window_of(d);

	r->next = NULL;
	if (w->waiting)
		w->last_waiting->next = r;
	else
		w->waiting = r;
	w->last_waiting = r;
	start_one(w);
	return 0;
}

static bool step(struct block_disk *d)
{
	struct block_disk *below = window_of(d)->below;

	return below->ops->step(below);
}

static void wake(struct block_disk *below)
{
	struct disk_window *first = below->owner, *w = first;

	do {
		if (w->disk.wake)
			w->disk.wake(&w->disk);
		w = w->neighbour;
	} while (w != first);
}

static const struct block_ops ops = {.submit = submit};
static const struct block_ops stepped_ops = {.submit = submit, .step = step};

void disk_window_init(struct disk_window *w, struct block_disk *below, uint64_t first,
		      uint64_t sectors, bool read_only)
{
	memset(w, 0, sizeof(*w));
	w->disk = *below;
	w->disk.ops = below->ops->step ? &stepped_ops : &ops;
	w->disk.sectors = sectors;
	w->disk.read_only |= read_only;
	w->disk.wake = NULL;
	w->disk.owner = NULL;
	w->below = below;
	w->first = first;
	w->neighbour = w;
	if (below->wake == wake) {
		struct disk_window *other = below->owner;

		w->neighbour = other->neighbour;
		other->neighbour = w;
	}
	below->owner = w;
	below->wake = wake;
}

void disk_window_remove(struct disk_window *w)
{
	struct disk_window *before = w->neighbour;

	while (before->neighbour != w)
		before = before->neighbour;
	before->neighbour = w->neighbour;
	w->below->owner = before;
	if (before == w)
		w->below->wake = NULL;
}
