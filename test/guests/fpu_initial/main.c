/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's FPU starts in a defined state that holds nothing of another guest's. */
/* expect: success */
/* bystander: fpu_preserved */
#include "test/guests/lib/test.h"

struct fpu_image {
	uint8_t bytes[512];
} __attribute__((aligned(16)));

static struct fpu_image seen;

void test_main(void)
{
	uint32_t eax = 1, ebx, ecx, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (!(edx & 1u << 24))
		test_skip("no fxsave");
	__asm__ volatile("fxsave %0" : "=m"(seen));
	for (unsigned i = 0; i < 8; i++) {
		for (unsigned b = 0; b < 10; b++)
			CHECK(seen.bytes[32 + 16 * i + b] == 0, "st%u is not 0", i);
	}
	for (unsigned i = 160; i < 288; i++)
		CHECK(seen.bytes[i] == 0, "an SSE register is not 0");
}
