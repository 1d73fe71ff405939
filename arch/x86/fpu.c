/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FPU and SSE state of a guest, saved and loaded eagerly (I7). */
#include "arch/x86/fpu.h"

#include "core/lib.h"

static struct fpu_state fresh;
static bool has_fxsr, leaks_pointers;

void fpu_init(const struct cpu_features *f)
{
	uint32_t mxcsr = 0x1F80; /* SDM 1, 11.6.4: all exceptions masked */

	has_fxsr = f->fxsr;
	leaks_pointers = strcmp(f->vendor, "AuthenticAMD") == 0;
	if (f->fxsr)
		write_cr4(read_cr4() | CR4_OSFXSR | (f->sse ? CR4_OSXMMEXCPT : 0));
	write_cr0(read_cr0() & ~(CR0_TS | CR0_EM));
	__asm__ volatile("fninit");
	if (f->sse)
		__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	fpu_save(&fresh);
	if (has_fxsr)
		memset(fresh.area + 160, 0, sizeof(fresh.area) - 160); /* XMM: not the loader's */
	fpu_load(&fresh);
}

bool fpu_is_fxsave(void)
{
	return has_fxsr;
}

void fpu_reset(struct fpu_state *s)
{
	*s = fresh;
}

bool fpu_ts(void)
{
	return read_cr0() & CR0_TS;
}

void fpu_set_ts(bool on)
{
	if (on)
		write_cr0(read_cr0() | CR0_TS);
	else
		__asm__ volatile("clts");
}

void fpu_save(struct fpu_state *s)
{
	if (has_fxsr)
		__asm__ volatile("fxsave %0" : "=m"(*s));
	else
		__asm__ volatile("fnsave %0; fwait" : "=m"(*s));
}

void fpu_load(const struct fpu_state *s)
{
	static const uint32_t zero;

	/* AMD's FXRSTOR leaves the last instruction's address alone without a pending
	 * exception (APM 2, 11.4.4.3): a load from here replaces the other guest's. */
	if (leaks_pointers)
		__asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero));
	if (has_fxsr)
		__asm__ volatile("fxrstor %0" : : "m"(*s));
	else
		__asm__ volatile("frstor %0" : : "m"(*s));
}
