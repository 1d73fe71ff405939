/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console buffer whose lengths add up to 4 GiB is refused, not printed. */
/* expect: success */
/* guest-line: mem=68M */
/* bystander: clock */
#include "test/guests/lib/test.h"

#define PIECE (64u << 20)

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	struct lguest_device_desc *d = (void *)(uintptr_t)ram;
	struct lguest_vqconfig *queues = (void *)(d + 1);
	uint32_t *ring = (uint32_t *)(uintptr_t)(queues[1].pfn * PAGE_SIZE);
	uint16_t *avail = (uint16_t *)((uint8_t *)ring + 16u * queues[1].num);

	d->status = 7;
	hcall1(LHCALL_NOTIFY, ram);
	for (unsigned i = 0; i < queues[1].num; i++) {
		ring[4 * i] = 4u << 20; /* zeros, which a console drops */
		ring[4 * i + 1] = 0;
		ring[4 * i + 2] = PIECE;
		ring[4 * i + 3] = (i + 1 < queues[1].num) | ((i + 1) % queues[1].num) << 16;
	}
	avail[1]++;
	hcall1(LHCALL_NOTIFY, queues[1].pfn * PAGE_SIZE);
}
