/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a guest's line make its devices: which, in what order, with what in them. */
/* paging: 2level */
/* expect: success */
/* guest-line: console=97x31 disk=one disk=two,ro net=a,mac=02:00:00:00:00:07 net=b */
/* ramdisk: one=64K */
/* ramdisk: two=128K */
/* peer: config_words console=off rng=off net=a,mac=02:00:00:00:00:08 -- peer */
/* cases: 2 */
#include <linux/virtio_console.h>

#include "test/guests/lib/gblk.h"
#include "test/guests/lib/gnet.h"

static struct gvirtio d;

/* The index-th device of the kind has that interrupt; 0: there must be none. */
static void check_device(unsigned id, unsigned index, unsigned irq)
{
	const struct gvirtio_ops *ops = gvirtio_transport();
	bool is_there = gvirtio_find(&d, ops, id, index);

	CHECK(is_there == !!irq, "device %u of kind %u: %s", index, id,
	      is_there ? "there" : "missing");
	CHECK(!irq || d.irq == irq, "device %u of kind %u: interrupt %u, not %u", index, id, d.irq,
	      irq);
}

static void check_mac(uint8_t last)
{
	for (unsigned n = 0; n < ETH_ALEN; n++)
		CHECK(gvirtio_config(&d, n, 1) == (n == 0   ? 2u
						   : n == 5 ? last
							    : 0),
		      "byte %u of the address is 0x%x", n, gvirtio_config(&d, n, 1));
}

static void check_console(void)
{
	uint32_t cols, rows;

	check_device(VIRTIO_ID_CONSOLE, 0, 1);
	cols = gvirtio_config(&d, offsetof(struct virtio_console_config, cols), 2);
	rows = gvirtio_config(&d, offsetof(struct virtio_console_config, rows), 2);
	CHECK(d.ops->offered(&d) >> VIRTIO_CONSOLE_F_SIZE & 1, "the console has no size");
	CHECK(cols == 97 && rows == 31, "%u columns, %u rows", cols, rows);
}

static void check_disk(unsigned index, unsigned irq, uint32_t sectors, bool is_read_only)
{
	check_device(VIRTIO_ID_BLOCK, index, irq);
	CHECK(gblk_sectors(&d) == sectors, "disk %u has %u sectors", index,
	      (uint32_t)gblk_sectors(&d));
	CHECK((d.ops->offered(&d) >> VIRTIO_BLK_F_RO & 1) == is_read_only, "disk %u: read-only",
	      index);
}

static void bare(void)
{
	check_device(VIRTIO_ID_CONSOLE, 0, 0);
	check_device(VIRTIO_ID_BLOCK, 0, 0);
	check_device(VIRTIO_ID_NET, 0, 1);
	check_mac(8);
	check_device(VIRTIO_ID_RNG, 0, 0);
}

void test_main(void)
{
	if (boot_has_word("peer")) {
		bare();
		return;
	}
	check_console();
	check_disk(0, 2, 128, false);
	check_disk(1, 3, 256, true);
	check_device(VIRTIO_ID_BLOCK, 2, 0);
	check_device(VIRTIO_ID_NET, 0, 4);
	check_mac(7);
	check_device(VIRTIO_ID_NET, 1, 5);
	CHECK((gvirtio_config(&d, 0, 1) & 3) == 2, "not a local address of one station");
	check_device(VIRTIO_ID_RNG, 0, 6);
	check_device(VIRTIO_ID_RNG, 1, 0);
}
