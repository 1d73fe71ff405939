/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bystander's devices: random bytes, and a disk where it has one, that goes on to work. */
#include "test/guests/bystander/bystander.h"
#include "test/guests/lib/gblk.h"

#define SECTORS 8u
#define BYTES   (SECTORS * GBLK_SECTOR)

/* A request under way; nothing here waits, for the clock's interrupts are counted. */
struct source {
	struct gvirtio d;
	bool is_there, is_busy;
	uint64_t since_ns;
	uint32_t done;
};

static struct source rng, disk;
static uint8_t bytes[64], sectors[BYTES];
static struct gblk_request request;
static uint32_t first_seed;

static void start(struct source *s, unsigned id)
{
	/* one transport each: the lguest bus with PAE tables, PCI with 2-level ones */
	s->is_there = gvirtio_find(&s->d, pt_is_pae() ? &gvirtio_lgbus : &gvirtio_pci, id, 0);
	if (s->is_there)
		gvirtio_start(&s->d, 0);
}

void devices_begin(uint32_t seed)
{
	first_seed = seed;
	start(&rng, VIRTIO_ID_RNG);
	start(&disk, VIRTIO_ID_BLOCK);
}

/* True when the source is free for the next request. */
static bool took(struct source *s, const char *what, uint32_t *len)
{
	struct vring_used_elem e;

	if (!gqueue_take(&s->d.queues[0], &e)) {
		CHECK(now_ns() - s->since_ns < 30ull * NSEC_PER_SEC, "%s: no answer", what);
		return false;
	}
	*len = e.len;
	s->is_busy = false;
	s->done++;
	return true;
}

static void ask(struct source *s)
{
	gqueue_kick(&s->d.queues[0]);
	s->is_busy = true;
	s->since_ns = now_ns();
}

static void check_rng(void)
{
	struct gpiece piece = GPIECE_IN(bytes, sizeof(bytes));
	uint32_t len, any = 0;

	if (rng.is_busy) {
		if (!took(&rng, "its random numbers", &len))
			return;
		CHECK(len > 0 && len <= sizeof(bytes), "%u random bytes", len);
		for (unsigned n = 0; n < len; n++)
			any |= bytes[n];
		CHECK(any, "%u random bytes, all 0", len);
	}
	memset(bytes, 0, sizeof(bytes));
	gqueue_add(&rng.d.queues[0], &piece, 1);
	ask(&rng);
}

/* Even requests write a pattern, odd ones read it back. */
static void check_disk(void)
{
	struct gpiece piece = {virt_to_phys(sectors), BYTES, disk.done & 1};
	uint32_t len, at = disk.done / 2 % 15 * SECTORS;

	if (disk.is_busy) {
		if (!took(&disk, "its disk", &len))
			return;
		CHECK(request.status == VIRTIO_BLK_S_OK, "its disk: status %u", request.status);
		if (piece.device_writes)
			gblk_check_pattern("its disk", sectors, at, SECTORS, first_seed + at);
		at = disk.done / 2 % 15 * SECTORS;
		piece.device_writes = disk.done & 1;
	}
	if (piece.device_writes)
		memset(sectors, 0, BYTES);
	else
		gblk_pattern(sectors, at, SECTORS, first_seed + at);
	gblk_post(&disk.d, &request, piece.device_writes ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT, at,
		  &piece, 1);
	ask(&disk);
}

void devices_check(void)
{
	if (rng.is_there)
		check_rng();
	if (disk.is_there)
		check_disk();
}
