/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks by name, and who uses what of them. */
#include "core/disks.h"

#include "core/errno.h"
#include "core/frames.h"
#include "core/host_devices.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/partition.h"
#include "core/ramdisk.h"
#include "core/util.h"

#define NAMES_MAX 128u

/* Something a guest can name. */
struct disk_name {
	char name[BLOCK_NAME];
	struct block_disk *base;
	uint64_t first, sectors;
	const char *why_not; /* it must not be used; NULL: it may */
};

static struct disk_name names[NAMES_MAX];
static unsigned name_count;
static struct disk_use *uses;
static struct ramdisk ramdisks[CONFIG_MAX_RAMDISKS];

static struct disk_name *add_name(struct block_disk *base, uint64_t first, uint64_t sectors)
{
	struct disk_name *n = &names[name_count];

	if (name_count == NAMES_MAX) {
		log_warn("disks: more than %u disks and partitions", NAMES_MAX);
		return NULL;
	}
	*n = (struct disk_name){.base = base, .first = first, .sectors = sectors};
	memcpy(n->name, base->name, sizeof(n->name));
	name_count++;
	return n;
}

static void add_ramdisk(struct ramdisk *r, const struct config_ramdisk *c)
{
	uint32_t bytes = c->end - c->start;

	if (bytes < BLOCK_SECTOR || c->end > host_ram_top()) {
		log_error("disk \"%s\": its %u bytes at 0x%08x are %s", c->name, bytes, c->start,
			  bytes < BLOCK_SECTOR ? "not even a sector" : "out of reach");
		return;
	}
	ramdisk_init(r, (void *)(uintptr_t)c->start, bytes, false);
	memcpy(r->disk.name, c->name, sizeof(c->name));
	add_name(&r->disk, 0, r->disk.sectors);
	if (bytes % BLOCK_SECTOR)
		log_warn("disk \"%s\": the last %u bytes are no whole sector and left out", c->name,
			 bytes % BLOCK_SECTOR);
}

static void add_partition(struct block_disk *d, const struct partition *p)
{
	struct disk_name *n = add_name(d, p->first, p->sectors);

	if (!n)
		return;
	snprintf(n->name, sizeof(n->name), "%sp%u", d->name, p->number);
	n->why_not = p->why;
	if (p->why)
		log_warn("%s: cannot be used: %s", n->name, p->why);
	else
		log_info("%s: %s, %llu MiB", n->name, p->type, p->sectors >> 11);
}

static void add_partitions(struct block_disk *d)
{
	static struct partition_scan scan;
	static uint8_t buffer[BLOCK_SECTOR] ALIGNED(4);
	uint64_t sector;

	partition_scan_init(&scan, d->sectors);
	while (partition_next_read(&scan, &sector)) {
		int err = host_disk_read(d, sector, buffer);

		if (err)
			log_warn("%s: sector %llu cannot be read", d->name, sector);
		partition_feed(&scan, err ? NULL : buffer);
	}
	if (scan.warning)
		log_warn("%s: %s", d->name, scan.warning);
	for (unsigned i = 0; i < scan.count; i++)
		add_partition(d, &scan.list[i]);
}

void disks_init(const struct config *cfg)
{
	struct block_disk *d;

	for (unsigned i = 0; i < cfg->ramdisk_count; i++)
		add_ramdisk(&ramdisks[i], &cfg->ramdisks[i]);
	for (unsigned i = 0; (d = host_disk(i)) != NULL; i++) {
		add_name(d, 0, d->sectors);
		add_partitions(d);
	}
}

/* "hd0 (64 MiB), data (512 KiB)", as far as there is room for it. */
static void list_names(char *to, size_t bytes)
{
	size_t n = 0;

	for (unsigned i = 0; i < name_count && n < bytes; i++) {
		uint64_t kib = names[i].sectors / 2;

		n += (size_t)snprintf(to + n, bytes - n, "%s%s (%llu %s)", i ? ", " : "",
				      names[i].name, kib < 10240 ? kib : kib >> 10,
				      kib < 10240 ? "KiB" : "MiB");
	}
}

static const struct disk_name *find(const char *name)
{
	for (unsigned i = 0; i < name_count; i++)
		if (!strcmp(names[i].name, name))
			return &names[i];
	return NULL;
}

/* Somebody else's use of the same sectors that does not go together with this one. */
static const struct disk_use *conflict(const struct disk_use *use)
{
	for (const struct disk_use *u = uses; u; u = u->next)
		if (u->base == use->base && u->first < use->first + use->sectors &&
		    use->first < u->first + u->sectors && (u->writes || use->writes))
			return u;
	return NULL;
}

static int claim(struct disk_use *use, const struct config_disk *want, const char *guest, char *why,
		 size_t why_bytes)
{
	const struct disk_name *n = find(want->name);
	const struct disk_use *other;
	char list[120] = "no disks at all";

	if (!n) {
		list_names(list, sizeof(list));
		snprintf(why, why_bytes, "disk=%s: no such disk; there are %s", want->name, list);
		return -ENOENT;
	}
	if (n->why_not) {
		snprintf(why, why_bytes, "disk=%s cannot be used: %s", want->name, n->why_not);
		return -EINVAL;
	}
	*use = (struct disk_use){.guest = guest,
				 .base = n->base,
				 .first = n->first,
				 .sectors = n->sectors,
				 .writes = !want->read_only && !want->snapshot_bytes &&
					   !n->base->read_only};
	other = conflict(use);
	if (!other)
		return 0;
	snprintf(why, why_bytes,
		 "disk=%s: guest \"%s\" %s sectors of it already; only readers can share: ro or "
		 "snapshot for both",
		 want->name, other->guest, other->writes ? "writes" : "reads");
	return -EBUSY;
}

/* Memory of its own, so that whoever reads the disk below does not see what is written. */
static int put_snapshot_above(struct disk_use *use, uint32_t bytes, char *why, size_t why_bytes)
{
	uint32_t pages = bytes / PAGE_SIZE;
	hpa_t at = frames_alloc(&host_frames, pages, 1, FRAME_HOST);

	if (!at) {
		snprintf(why, why_bytes, "no %u KiB of memory in one piece for its snapshot of %s",
			 pages * 4, use->base->name);
		return -ENOMEM;
	}
	overlay_init(&use->overlay, &use->window.disk, (void *)(uintptr_t)at, pages);
	return 0;
}

int disk_open(struct disk_use *use, const struct config_disk *want, const char *guest,
	      struct block_disk **disk, char *why, size_t why_bytes)
{
	int err = claim(use, want, guest, why, why_bytes);

	if (err)
		return err;
	disk_window_init(&use->window, use->base, use->first, use->sectors, !use->writes);
	*disk = &use->window.disk;
	if (want->snapshot_bytes) {
		err = put_snapshot_above(use, want->snapshot_bytes, why, why_bytes);
		*disk = &use->overlay.disk;
	}
	if (err) {
		disk_window_remove(&use->window);
		return err;
	}
	use->next = uses;
	uses = use;
	return 0;
}

const struct disk_use *disks_uses(void)
{
	return uses;
}

void disks_close(const char *guest)
{
	for (struct disk_use **link = &uses; *link;) {
		struct disk_use *use = *link;

		if (use->guest != guest) {
			link = &use->next;
			continue;
		}
		*link = use->next;
		disk_window_remove(&use->window);
		if (use->overlay.pages)
			frames_free(&host_frames, (hpa_t)(uintptr_t)use->overlay.memory,
				    use->overlay.pages, FRAME_HOST);
	}
}
