/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random bytes: as many as asked for in the end, in any pieces, never the same. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* cases: 2 */
#include "test/guests/lib/gvirtio.h"

#define BYTES 4096u

static struct gvirtio d;
static uint8_t first[BYTES + 16], second[BYTES + 16];

/* The device may give less than there is room for (virtio 1.0, 5.4.6.1), but something. */
static void fill(uint8_t *at, uint32_t bytes)
{
	for (uint32_t done = 0, n; done < bytes; done += n) {
		struct gpiece piece = GPIECE_IN(at + done, bytes - done);

		n = gqueue_do(&d.queues[0], &piece, 1);
		CHECK(n && n <= bytes - done, "%u bytes into %u", n, bytes - done);
	}
}

/* Each value 16 times on average: with true chance no count leaves 0 to 64 in the life of the sun.
 */
static void check_spread(const uint8_t *bytes)
{
	uint32_t counts[256] = {0};

	for (uint32_t n = 0; n < BYTES; n++)
		counts[bytes[n]]++;
	for (unsigned value = 0; value < 256; value++)
		CHECK(counts[value] < 64, "%u times 0x%x in %u bytes", counts[value], value, BYTES);
}

static void check_pieces(void)
{
	struct gpiece pieces[3] = {GPIECE_IN(first + 1, 3), GPIECE_IN(first + 7, 1),
				   GPIECE_IN(first + 11, 5)};
	uint32_t written;

	memset(first, 0, 16);
	written = gqueue_do(&d.queues[0], pieces, 3);
	CHECK(written && written <= 9, "%u bytes into 9", written);
	CHECK(!first[0] && !first[4] && !first[6] && !first[8] && !first[10],
	      "bytes between the pieces");
}

void test_main(void)
{
	if (!gvirtio_find(&d, gvirtio_transport(), VIRTIO_ID_RNG, 0))
		test_skip("no entropy device");
	gvirtio_start(&d, 0);
	fill(first, BYTES);
	fill(second, BYTES);
	CHECK(memcmp(first, second, BYTES), "the same bytes twice");
	check_spread(first);
	check_spread(second);
	CHECK(!first[BYTES] && !first[BYTES + 15], "written past the end");
	check_pieces();
	gvirtio_start(&d, 0);
	fill(second, 16);
	CHECK(memcmp(first, second, 16), "the same bytes after a reset");
}
