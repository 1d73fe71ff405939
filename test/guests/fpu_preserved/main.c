/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FPU and SSE state survives preemption by another guest that uses them, too. */
/* expect: success */
/* bystander: fpu_preserved */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

struct fpu_image {
	uint8_t bytes[512];
} __attribute__((aligned(16)));

static struct fpu_image loaded, seen;

/* Enough to be preempted by the other guest in between. */
#define INTERRUPTS 200

void test_main(void)
{
	uint32_t eax = 1, ebx, ecx, edx, seed = (uint32_t)rdtsc(), mxcsr = 0x1F80;
	uint32_t armed = 0;

	need_tsc();
	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (!(edx & 1u << 25))
		test_skip("no SSE");
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	__asm__ volatile("fninit\n\tfldpi\n\tfldl2e\n\tfld1\n\tldmxcsr %0" : : "m"(mxcsr));
	__asm__ volatile("fxsave %0" : "=m"(loaded));
	/* The eight SSE registers, with a pattern of this guest's own. */
	for (unsigned i = 160; i < 288; i++)
		loaded.bytes[i] = (uint8_t)(seed * 7 + i * 13 + (seed >> 8));
	__asm__ volatile("fxrstor %0" : : "m"(loaded));
	irq_enable();
	while (clock_count < INTERRUPTS) {
		if (clock_count == armed) {
			clock_arm_ns(300000);
			armed++;
		}
		for (volatile unsigned spin = 0; spin < 20000; spin++)
			;
		__asm__ volatile("fxsave %0" : "=m"(seen));
		CHECK(!memcmp(seen.bytes + 160, loaded.bytes + 160, 128), "SSE registers changed");
		CHECK(!memcmp(seen.bytes + 32, loaded.bytes + 32, 48), "x87 registers changed");
		CHECK(!memcmp(seen.bytes, loaded.bytes, 4), "x87 control or status changed");
		CHECK(!memcmp(seen.bytes + 24, loaded.bytes + 24, 4), "mxcsr changed");
	}
	irq_disable();
}
