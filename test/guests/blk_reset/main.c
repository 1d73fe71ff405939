/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset at every step of a disk's life, and with requests under way: as good as new after it. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: disk=data */
/* ramdisk: data=1M */
/* cases: 2 */
#include "test/guests/lib/gblk.h"

#define REQUESTS 8u
#define SECTORS  96u

static struct gvirtio d;
static struct gblk_request requests[REQUESTS];
static uint8_t buf[REQUESTS][SECTORS * GBLK_SECTOR] PAGE_ALIGNED;

static void post_all(uint32_t type)
{
	for (unsigned n = 0; n < REQUESTS; n++) {
		struct gpiece piece = {virt_to_phys(buf[n]), sizeof(buf[n]),
				       type == VIRTIO_BLK_T_IN};

		gblk_post(&d, &requests[n], type, n * SECTORS, &piece, 1);
	}
}

/* All that was asked for comes, and nothing from before the reset. */
static void check_works(void)
{
	bool seen[GVIRTIO_NUM] = {false};
	struct vring_used_elem e;

	gvirtio_start(&d, 0);
	CHECK(!gqueue_take(&d.queues[0], &e), "buffer %u came back from a former life", e.id);
	memset(buf, 0, sizeof(buf));
	post_all(VIRTIO_BLK_T_IN);
	gqueue_kick(&d.queues[0]);
	for (unsigned n = 0; n < REQUESTS; n++) {
		CHECK(gqueue_wait(&d.queues[0], &e), "request %u is not answered", n);
		CHECK(e.id < GVIRTIO_NUM && !seen[e.id], "buffer %u came back at %u", e.id, n);
		seen[e.id] = true;
	}
	for (unsigned n = 0; n < REQUESTS; n++) {
		CHECK(READ_ONCE(requests[n].status) == 0, "status %u", requests[n].status);
		gblk_check_pattern("after a reset", buf[n], n * SECTORS, SECTORS, 0);
	}
}

static void reset_after_steps(unsigned steps)
{
	gvirtio_reset(&d);
	for (unsigned n = 0; n < steps; n++)
		gvirtio_step(&d, n, 0);
	if (d.queues[0].desc && steps > 3) {
		post_all(VIRTIO_BLK_T_IN);
		gqueue_kick(&d.queues[0]);
	}
	gvirtio_reset(&d);
}

/* With this many answers taken, the rest is under way. */
static void reset_after_answers(unsigned answers, uint32_t type)
{
	struct vring_used_elem e;

	gvirtio_start(&d, 0);
	for (unsigned n = 0; n < REQUESTS; n++)
		gblk_pattern(buf[n], n * SECTORS, SECTORS, 0);
	post_all(type);
	gqueue_kick(&d.queues[0]);
	while (answers--)
		CHECK(gqueue_wait(&d.queues[0], &e), "no answer before the reset");
	gvirtio_reset(&d);
}

void test_main(void)
{
	gblk_open(&d, 0);
	for (unsigned steps = 0; steps <= GVIRTIO_STEPS; steps++) {
		reset_after_steps(steps);
		check_works();
	}
	for (unsigned n = 0; n < REQUESTS; n++) {
		reset_after_answers(n, n & 1 ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN);
		check_works();
	}
	/* Again and again: nothing may run out. */
	for (unsigned n = 0; n < 50; n++)
		reset_after_answers(0, VIRTIO_BLK_T_OUT);
	check_works();
}
