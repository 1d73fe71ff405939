/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments with a base keep it across hypercalls, faults and interrupts. */
/* expect: success */
#include "test/guests/lib/test.h"

static uint32_t words[4] = {0x11111111, 0x22222222, 0x33333333, 0x44444444};

static void check_words(const char *when)
{
	uint32_t fs, gs;

	__asm__ volatile("movl %%fs:0, %0\n\tmovl %%gs:4, %1" : "=r"(fs), "=r"(gs));
	CHECK(fs == words[0], "%s: fs:0 is 0x%x", when, fs);
	CHECK(gs == words[3], "%s: gs:4 is 0x%x", when, gs);
}

void test_main(void)
{
	static struct descriptor tls[3];

	tls[0] = segment_make(addr32(&words[0]), 0xFFFFF, 0xF2, 0xC);
	tls[2] = segment_make(addr32(&words[2]), 0xFFFFF, 0xF2, 0xC);
	segment_load_tls(tls);
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	__asm__ volatile("movl %0, %%fs\n\tmovl %1, %%gs" : : "r"(6 << 3 | 3), "r"(8 << 3 | 3));
	check_words("at first");
	hcall0(LHCALL_FLUSH_ASYNC);
	check_words("after a hypercall");
	TRAP_TRY("ud2");
	check_words("after a fault");
	clock_arm_ns(100000);
	irq_disable();
	irq_halt();
	check_words("after an interrupt");
	irq_disable();
	/* Changed while loaded: the selector is loaded again on the way in. */
	tls[0] = segment_make(addr32(&words[1]), 0xFFFFF, 0xF2, 0xC);
	segment_load_tls(tls);
	__asm__ volatile("movl %0, %%fs" : : "r"(6 << 3 | 3));
	words[0] = words[1];
	check_words("after the base moved");
}
