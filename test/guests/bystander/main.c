/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands by while others attack, and must not notice. Ends after ms= or when a q is typed. */
/* paging: both */
/* expect: success */
/* guest-line: tsc=on mem=6M disk=stands */
/* ramdisk: stands=64K */
#include "guests/lib/virtio_console.h"
#include "test/guests/bystander/bystander.h"

#define ROUNDS_BETWEEN 16u /* the dearer checks */

static bool told_to_end(void)
{
	char typed[16];
	size_t len = virtio_console_read(typed, sizeof(typed));

	for (size_t i = 0; i < len; i++) {
		CHECK(typed[i] == 'q', "a byte 0x%x nobody typed", (uint8_t)typed[i]);
		return true;
	}
	return false;
}

/* Whatever is not expected counts, not only what has a gate of its own. */
static bool stray(struct regs *r)
{
	test_failure("interrupt %u, which it has no source for", r->vector - LGUEST_FIRST_VECTOR);
}

static void expect_interrupts(void)
{
	for (unsigned n = 1; n < LGUEST_IRQS; n++)
		if (n != virtio_console_irq() && n != virtio_console_output_irq())
			trap_handle(IRQ_VECTOR(n), stray);
}

void test_main(void)
{
	uint64_t limit = boot_number("ms", 300) * (uint64_t)NSEC_PER_MSEC;
	uint32_t seed, rounds = 0;

	need_tsc();
	CHECK(virtio_console_init(), "no virtio console");
	seed = (uint32_t)rdtsc() * 2654435761u | 1;
	expect_interrupts();
	processor_begin(seed);
	devices_begin(seed);
	network_begin();
	memory_begin(seed);
	clock_begin();
	while (!told_to_end() && clock_running_ns() < limit) {
		processor_check();
		memory_check();
		network_check();
		if (rounds++ % ROUNDS_BETWEEN == 0) {
			processor_check_more();
			memory_check_more();
			devices_check();
		}
		clock_sleep();
	}
	network_end();
	clock_end();
}
