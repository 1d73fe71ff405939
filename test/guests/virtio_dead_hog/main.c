/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the console a buffer without end and dies: nothing is done for the dead. */
/* expect: dead "hypercall 99 unknown" */
/* bystander: virtio_work_charged */
/* icount: yes */
/* guest-line: mem=68M */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	struct lguest_device_desc *d = (void *)(uintptr_t)ram;
	struct lguest_vqconfig *queues = (void *)(d + 1);
	unsigned num = queues[1].num;
	uint32_t *ring = (uint32_t *)(uintptr_t)(queues[1].pfn * PAGE_SIZE);
	uint16_t *avail = (uint16_t *)((uint8_t *)ring + 16u * num);

	d->status = 7;
	hcall1(LHCALL_NOTIFY, ram);
	for (unsigned i = 0; i < num; i++) {
		ring[4 * i] = 0x200000; /* zeros, which a console drops */
		ring[4 * i + 1] = 0;
		ring[4 * i + 2] = ram - 0x200000;
		ring[4 * i + 3] = (i + 1 < num) | ((i + 1) % num) << 16;
	}
	avail[1]++;
	hcall1(LHCALL_NOTIFY, queues[1].pfn * PAGE_SIZE);
	hcall0(99);
}
