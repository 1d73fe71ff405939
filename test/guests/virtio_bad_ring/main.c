/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rings full of nonsense: no harm to the host. */
/* expect: success or dead "(?i)ring|queue|device|descriptor|virtio|address" */
/* bochs: yes */
/* cases: 20 */
#include "test/guests/lib/test.h"

static uint32_t state;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	struct lguest_device_desc *d = (void *)(uintptr_t)ram;
	struct lguest_vqconfig *queues = (void *)(d + 1);

	state = (test_case() + 1) * 2654435761u | 1;
	if (!d->type)
		test_skip("no device");
	d->status = 7;
	hcall1(LHCALL_NOTIFY, ram);
	for (unsigned i = 0; i < 500; i++) {
		unsigned q = i % d->num_vq;
		uint32_t *ring = (uint32_t *)(uintptr_t)(queues[q].pfn * PAGE_SIZE);
		/* Up to the end of the used ring (virtio 0.9.5, 2.3). */
		uint32_t words =
			(ALIGN_UP(18u * queues[q].num + 6, PAGE_SIZE) + 8u * queues[q].num + 6) / 4;

		for (unsigned w = 0; w < words; w++) {
			uint32_t r = random32();

			/* Half of it plausible: small numbers and addresses in RAM. */
			ring[w] = r & 1   ? random32()
				  : r & 2 ? random32() % ram
					  : random32() & 0x3FF;
		}
		hcall1(LHCALL_NOTIFY, queues[q].pfn * PAGE_SIZE);
	}
	/* And a chain that never ends. */
	for (unsigned q = 0; q < d->num_vq; q++) {
		uint32_t *ring = (uint32_t *)(uintptr_t)(queues[q].pfn * PAGE_SIZE);
		uint16_t *avail = (uint16_t *)((uint8_t *)ring + 16u * queues[q].num);
		for (unsigned w = 0; w < queues[q].num; w++) {
			ring[4 * w] = 0x100000;
			ring[4 * w + 1] = 0;
			ring[4 * w + 2] = 1;
			ring[4 * w + 3] = 1 | ((w + 1) % queues[q].num) << 16;
		}
		avail[1] += 3;
		hcall1(LHCALL_NOTIFY, queues[q].pfn * PAGE_SIZE);
	}
}
