/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interrupt that falls due while off is delivered soon after an iret, which makes no hypercall.
 */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

/* Interface 3: the host looks again within 100 us at most, or finishes the iret itself. */
#define LATE_NS 150000

static uint64_t left_handler;

/* Comes by an interrupt gate: interrupts are off. Stays until the clock is due. */
static bool wait_inside(struct regs *r)
{
	(void)r;
	clock_count = 0;
	clock_arm_ns(20000);
	CHECK(wait_for(&lguest_data.irq_pending, 100), "irq_pending is never set");
	CHECK(!clock_count, "delivered while disabled");
	left_handler = rdtsc();
	return true;
}

void test_main(void)
{
	uint64_t worst = 0;

	need_tsc();
	trap_gate(0x91, GATE_INTERRUPT, 3);
	trap_handle(0x91, wait_inside);
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_enable();
	for (unsigned i = 0; i < 200; i++) {
		__asm__ volatile("int $0x91" : : : "memory");
		CHECK(wait_for(&clock_count, 100), "the interrupt is lost");
		if (clock_tsc - left_handler > worst)
			worst = clock_tsc - left_handler;
	}
	printf("at most %llu ns after the handler\n", tsc_to_ns(worst));
	CHECK(tsc_to_ns(worst) <= LATE_NS, "an interrupt came %llu ns late", tsc_to_ns(worst));
	irq_disable();
}
