/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this processor has to offer that cannot be predicted. */
#include "arch/x86/random.h"

#include "arch/x86/cpu.h"

#define CPUID_1_ECX_RDRAND (1u << 30)
#define RDRAND_TRIES       10

#define WORK_BYTES 4096u /* a power of two */
#define WORK_STEPS 32u
#define WORK_STEP  1021u /* odd, and far enough for another cache line each time */

static bool has_rdrand(void)
{
	uint32_t r[4];

	cpuid(1, r);
	return r[2] & CPUID_1_ECX_RDRAND;
}

bool random_rdrand(uint32_t *word)
{
	bool ok = false;

	if (!has_rdrand())
		return false;
	for (unsigned i = 0; i < RDRAND_TRIES && !ok; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(*word), "=qm"(ok) : : "cc");
	return ok;
}

/* No branch depends on what is read, so that the number of instructions is fixed. */
uint32_t random_jitter(void)
{
	static volatile uint8_t work[WORK_BYTES];
	static uint32_t at;
	uint32_t before = (uint32_t)rdtsc();

	for (unsigned i = 0; i < WORK_STEPS; i++) {
		work[at % WORK_BYTES]++;
		at += WORK_STEP + work[(at ^ before) % WORK_BYTES];
	}
	return (uint32_t)rdtsc() - before;
}
