/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two interrupts due at the same time are both delivered, once each, the lower number first. */
/* paging: 2level */
/* guest-line: tsc=on */
/* icount: yes */
/* expect: success */
#include "test/guests/lib/test.h"

#include "guests/lib/virtio_console.h"

static unsigned order[8], count;

static bool note(struct regs *r)
{
	if (count < ARRAY_SIZE(order))
		order[count] = r->vector;
	count++;
	return true;
}

void test_main(void)
{
	uint32_t console;

	need_tsc();
	if (!virtio_console_init())
		test_skip("no console on the lguest bus");
	console = IRQ_VECTOR(virtio_console_output_irq());
	for (unsigned i = 0; i < 20; i++) {
		irq_disable();
		hcall0(LHCALL_SEND_INTERRUPTS);
		trap_handle(console, note);
		trap_handle(IRQ_CLOCK_VECTOR, note);
		/* The host raises the console's interrupt when it has taken the output. */
		CHECK(virtio_console_write(".\n", 2), "output was not taken");
		clock_arm_ns(100000);
		delay_ns(NSEC_PER_MSEC);
		count = 0;
		irq_enable();
		hcall0(LHCALL_SEND_INTERRUPTS);
		CHECK(count == 2, "%u interrupts, not 2: vectors %u, %u", count, order[0],
		      order[1]);
		CHECK(order[0] == IRQ_CLOCK_VECTOR && order[1] == console, "vectors %u, %u",
		      order[0], order[1]);
	}
	irq_disable();
}
