/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device broken and reset without end fills neither the log nor the time of others. */
/* expect: success */
/* bystander: clock */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	struct lguest_device_desc *d = (void *)(uintptr_t)ram;
	struct lguest_vqconfig *queues = (void *)(d + 1);
	uint32_t *ring = (uint32_t *)(uintptr_t)(queues[1].pfn * PAGE_SIZE);
	uint16_t *avail = (uint16_t *)((uint8_t *)ring + 16u * queues[1].num);

	for (unsigned i = 0; i < 5000; i++) {
		d->status = 0;
		hcall1(LHCALL_NOTIFY, ram);
		d->status = 7;
		hcall1(LHCALL_NOTIFY, ram);
		avail[1] = 0x7FFF; /* more buffers than the ring has */
		hcall1(LHCALL_NOTIFY, queues[1].pfn * PAGE_SIZE);
	}
}
