/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No interrupt is delivered while eip is in [noirq_start, noirq_end), and soon after it is. */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

#define LATE_NS 150000

extern char spin_start[], spin_end[];

/* The range is a loop of this test's own; the library's iret goes without, which is safe in ring 1.
 */
struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v2 = {.noirq_start = (uint32_t)spin_start,
	       .noirq_end = (uint32_t)spin_end,
	       .kernel_address = (uint32_t)guest_kernel_address,
	       .syscall_vec = 0x80},
};

static uint32_t interrupted_eip;

static bool note(struct regs *r)
{
	interrupted_eip = r->eip;
	return clock_counts(r);
}

/* Stays in the range until the low half of the TSC is past *until; its last reading. */
static uint32_t spin_in_range(uint32_t until)
{
	uint32_t now;

	__asm__ volatile("jmp spin_start\n"
			 "spin_start:\trdtsc\n\tsubl %1, %%eax\n\tjs spin_start\n\taddl %1, %%eax\n"
			 "spin_end:"
			 : "=&a"(now)
			 : "r"(until)
			 : "edx", "memory", "cc");
	return now;
}

void test_main(void)
{
	uint64_t worst = 0, left;

	need_tsc();
	trap_handle(IRQ_CLOCK_VECTOR, note);
	irq_enable();
	for (unsigned i = 0; i < 50; i++) {
		clock_count = 0;
		clock_arm_ns(100000);
		spin_in_range((uint32_t)(rdtsc() + tsc_from_ns(1000000)));
		left = rdtsc();
		CHECK(wait_for(&clock_count, 100), "the interrupt is lost");
		CHECK(interrupted_eip < addr32(spin_start) || interrupted_eip >= addr32(spin_end),
		      "delivered inside the range at 0x%x", interrupted_eip);
		CHECK(clock_tsc + 10000 > left, "delivered before the range was left");
		if (clock_tsc > left && clock_tsc - left > worst)
			worst = clock_tsc - left;
	}
	printf("at most %llu ns after the range\n", tsc_to_ns(worst));
	CHECK(tsc_to_ns(worst) <= LATE_NS, "an interrupt came %llu ns late", tsc_to_ns(worst));
	irq_disable();
}
