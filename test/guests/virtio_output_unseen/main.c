/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A buffer of more than one go is given back although the guest, and the whole machine, sleeps. */
/* expect: success */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

#define TEXT  0x200000u
#define BYTES 0x20000u

static volatile uint32_t seen;

static bool given_back(struct regs *r)
{
	(void)r;
	seen++;
	return true;
}

void test_main(void)
{
	uint32_t ram = boot_ram_bytes();
	struct lguest_device_desc *d = (void *)(uintptr_t)ram;
	struct lguest_vqconfig *queues = (void *)(d + 1);
	unsigned num = queues[1].num;
	uint32_t *ring = (uint32_t *)(uintptr_t)(queues[1].pfn * PAGE_SIZE);
	uint16_t *avail = (uint16_t *)((uint8_t *)ring + 16u * num);

	/* zeros, which a console drops: no UART interrupt helps */
	memset((void *)TEXT, 0, BYTES);
	trap_handle(IRQ_VECTOR(queues[1].irq), given_back);
	d->status = 7;
	hcall1(LHCALL_NOTIFY, ram);
	ring[0] = TEXT;
	ring[1] = 0;
	ring[2] = BYTES;
	ring[3] = 0;
	avail[1]++;
	hcall1(LHCALL_NOTIFY, queues[1].pfn * PAGE_SIZE);
	while (!seen) {
		irq_disable();
		if (!seen)
			irq_halt();
	}
}
