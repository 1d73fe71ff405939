/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Works with a disk that may break, for half a second or `forever`: tells each error, goes on. */
/* paging: 2level */
/* expect: success */
/* guest-line: disk=data */
/* ramdisk: data=64K */
#include "test/guests/lib/gblk.h"

#define SECTORS    64u
#define WAITS      8u /* of GVIRTIO_PATIENCE_NS */
#define REPORT_NS  (500 * NSEC_PER_MSEC)
#define PAUSE_NS   (2 * NSEC_PER_MSEC)
#define ERRORS_MAX 40u /* told */

static struct gvirtio d;
static unsigned errors;

/* True: it went well. An error of the disk is the test's subject, no answer is a failure. */
static bool do_request(const char *what, uint32_t type, uint64_t sector, const struct gpiece *data)
{
	static struct gblk_request r;
	struct vring_used_elem e;
	uint64_t before = now_ns();
	unsigned waits = 0;

	gblk_post(&d, &r, type, sector, data, data ? 1 : 0);
	gqueue_kick(&d.queues[0]);
	while (!gqueue_wait(&d.queues[0], &e))
		CHECK(++waits < WAITS, "%s %u: no answer", what, (uint32_t)sector);
	CHECK(e.id == r.head, "buffer %u came back, not %u", e.id, r.head);
	if (READ_ONCE(r.status) == VIRTIO_BLK_S_OK)
		return true;
	if (errors++ < ERRORS_MAX)
		printf("%s %u: status %u after %u ms\n", what, (uint32_t)sector, r.status,
		       (uint32_t)((now_ns() - before) >> 20));
	return false;
}

void test_main(void)
{
	static uint8_t buf[GBLK_SECTOR] PAGE_ALIGNED;
	struct gpiece out = GPIECE_OUT(buf, sizeof(buf)), in = GPIECE_IN(buf, sizeof(buf));
	uint64_t told = now_ns();

	gblk_open(&d, 0);
	gvirtio_start(&d, 1ull << VIRTIO_BLK_F_FLUSH);
	for (uint32_t n = 0;; n++) {
		uint32_t sector = n % SECTORS;

		gblk_pattern(buf, sector, 1, n);
		if (do_request("write", VIRTIO_BLK_T_OUT, sector, &out) &&
		    do_request("read", VIRTIO_BLK_T_IN, sector, &in))
			gblk_check_pattern("read back", buf, sector, 1, n);
		if (n % 8 == 0)
			do_request("flush", VIRTIO_BLK_T_FLUSH, 0, NULL);
		delay_ns(PAUSE_NS);
		if (now_ns() - told < REPORT_NS)
			continue;
		told = now_ns();
		printf("round %u, %u errors\n", n, errors);
		if (!boot_has_word("forever"))
			return;
	}
}
