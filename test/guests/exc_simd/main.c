/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unmasked SSE error is #XM in the guest. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t eax = 1, ebx, ecx, edx, mxcsr = 0x1D80; /* zero divide unmasked */
	static const float one = 1.0f, zero;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (!(edx & 1u << 25))
		test_skip("no SSE");
	TRAP_TRY("ldmxcsr %0\n\tmovss %1, %%xmm0\n\tdivss %2, %%xmm0",
		 : "m"(mxcsr), "m"(one), "m"(zero)
		 : "memory");
	if (!trap_seen.count)
		test_skip("this CPU or emulator raises no SSE exceptions");
	CHECK(trap_was(19), "%u traps, vector %u", trap_seen.count, trap_seen.vector);
}
