/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of one guest: made from its configuration, once. */
#include "core/devices.h"

#include "core/disks.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/networks.h"
#include "core/random.h"
#include "core/virtio/blk.h"

#define WHY_MAX 180u

extern struct config host_config;

static const struct vmem no_memory;

/* A disk, as large as it is. */
struct guest_disk {
	struct virtio_blk blk;
	struct disk_use use;
};

static void *pages_for(uint32_t bytes, char *why)
{
	void *pages = host_pages(bytes);

	if (!pages)
		snprintf(why, WHY_MAX, "no %u KiB of memory left for its devices",
			 pages_of(bytes) * 4);
	return pages;
}

/* Its early output goes there too, even before it has a driver. */
static int open_line(struct guest *g, const char *line, char *why)
{
	if (console_port_open(&g->console, line, host_config.baud))
		return 0;
	snprintf(why, WHY_MAX,
		 "console=%s: there is no such serial line, or Gatehouse, gdb= or another guest "
		 "has it",
		 line);
	return -ENOENT;
}

static int add_console(struct guest *g, char *why)
{
	const struct config_terminal *t = &g->config->console;
	struct virtio_console *c = &g->devices.console;

	if (t->is_off)
		return 0;
	if (t->line[0] && open_line(g, t->line, why))
		return -ENOENT;
	virtio_console_init(c, &no_memory, &devices_console_ends, &g->console);
	if (t->cols)
		virtio_console_set_size(c, t->cols, t->rows);
	devices_add(g, &c->device);
	return 0;
}

static int add_disk(struct guest *g, const struct config_disk *want, char *why)
{
	struct guest_disk *d = pages_for(sizeof(*d), why);
	struct block_disk *disk;
	int err = d ? disk_open(&d->use, want, guest_name(g), &disk, why, WHY_MAX) : -ENOMEM;

	if (err)
		return err;
	virtio_blk_init(&d->blk, &no_memory, disk, want->name);
	devices_add(g, &d->blk.device);
	return 0;
}

static int add_net(struct guest *g, const struct config_net *want, unsigned index, char *why)
{
	struct network_port *p = pages_for(sizeof(*p), why);
	int err = p ? network_join(p, want, guest_name(g), index, why, WHY_MAX) : -ENOMEM;

	if (err)
		return err;
	devices_add(g, &p->net.device);
	return 0;
}

int devices_create(struct guest *g)
{
	const struct config_guest *c = g->config;
	char why[WHY_MAX];
	int err = add_console(g, why);

	for (unsigned i = 0; i < c->disk_count && !err; i++)
		err = add_disk(g, &c->disks[i], why);
	for (unsigned i = 0; i < c->net_count && !err; i++)
		err = add_net(g, &c->nets[i], i, why);
	if (err) {
		disks_close(guest_name(g));
		guest_fail(g, "%s", why);
		return err;
	}
	if (c->no_rng)
		return 0;
	virtio_rng_init(&g->devices.rng, &no_memory, random_bytes);
	devices_add(g, &g->devices.rng.device);
	return 0;
}
