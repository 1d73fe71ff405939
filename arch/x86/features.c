/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What CPUID says about this processor. */
#include "arch/x86/cpu.h"
#include "arch/x86/machine_check.h"
#include "arch/x86/quirks.h"
#include "core/lib.h"

#define EFLAGS_STICKS                                                                              \
	"pushfl; popl %0; movl %0, %1; xorl %2, %0; pushl %0; popfl; pushfl; popl %0; pushl %1; "  \
	"popfl"

/* CPUID exists if EFLAGS.ID can be changed (SDM 1, 20.1). */
static bool cpu_has_cpuid(void)
{
	uint32_t after, before;

	__asm__ volatile(EFLAGS_STICKS : "=&r"(after), "=&r"(before) : "i"(X86_EFLAGS_ID));
	return (after ^ before) & X86_EFLAGS_ID;
}

static void read_names(struct cpu_features *f)
{
	uint32_t r[4];

	cpuid(0, r);
	f->max_leaf = r[0];
	memcpy(f->vendor, &r[1], 4);
	memcpy(f->vendor + 4, &r[3], 4);
	memcpy(f->vendor + 8, &r[2], 4);
	cpuid(0x80000000, r);
	if (r[0] < 0x80000004)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		cpuid(0x80000002 + i, r);
		memcpy(f->brand + 16 * i, r, 16);
	}
}

static void read_extended(struct cpu_features *f)
{
	uint32_t r[4];

	cpuid(0x80000000, r);
	uint32_t max = r[0];

	if (max < 0x80000001 || max > 0x8000FFFF)
		return;
	cpuid(0x80000001, r);
	f->nx = r[3] >> 20 & 1;
	f->efer = f->nx || (r[3] >> 11 & 1);
	if (max < 0x80000007)
		return;
	cpuid(0x80000007, r);
	f->invariant_tsc = r[3] >> 8 & 1;
}

static void read_basic(struct cpu_features *f)
{
	uint32_t r[4];

	cpuid(1, r);
	f->stepping = r[0] & 0xF;
	f->family = (r[0] >> 8 & 0xF) + ((r[0] >> 8 & 0xF) == 0xF ? r[0] >> 20 & 0xFF : 0);
	f->model = (r[0] >> 4 & 0xF) | (r[0] >> 12 & 0xF0);
	f->fpu = r[3] & 1;
	f->tsc = r[3] >> 4 & 1;
	f->msr = r[3] >> 5 & 1;
	f->pae = r[3] >> 6 & 1;
	f->mce = r[3] >> 7 & 1;
	f->cx8 = r[3] >> 8 & 1;
	f->apic = r[3] >> 9 & 1;
	f->sep = r[3] >> 11 & 1;
	f->mca = r[3] >> 14 & 1;
	f->pat = r[3] >> 16 & 1;
	f->fxsr = r[3] >> 24 & 1;
	f->sse = r[3] >> 25 & 1;
	f->sse2 = r[3] >> 26 & 1;
	f->pcid = r[2] >> 17 & 1;
	f->tsc_deadline = r[2] >> 24 & 1;
	f->hypervisor = r[2] >> 31 & 1;
}

/*
 * Elsewhere there is no such MSR. AMD's level is in the lower half; Intel's in
 * the upper, once CPUID 1 was executed.
 */
static uint32_t read_microcode(const struct cpu_features *f)
{
	uint32_t unused[4];

	if (!f->msr)
		return 0;
	if (!strcmp(f->vendor, "AuthenticAMD") && f->family >= 15)
		return (uint32_t)rdmsr(MSR_IA32_BIOS_SIGN_ID);
	if (strcmp(f->vendor, "GenuineIntel") != 0 || f->family < 6)
		return 0;
	wrmsr(MSR_IA32_BIOS_SIGN_ID, 0);
	cpuid(1, unused);
	return (uint32_t)(rdmsr(MSR_IA32_BIOS_SIGN_ID) >> 32);
}

/* Turns the switches behind which the firmware may have hidden something. */
static void turn_on(uint32_t quirks)
{
	if (quirks & 1u << QUIRK_APIC_OFF)
		wrmsr(MSR_IA32_APIC_BASE, rdmsr(MSR_IA32_APIC_BASE) | APIC_BASE_ENABLE);
	if (quirks & 1u << QUIRK_NX_OFF)
		wrmsr(MSR_IA32_MISC_ENABLE, rdmsr(MSR_IA32_MISC_ENABLE) & ~MISC_ENABLE_XD_OFF);
}

static void work_around(struct cpu_features *f)
{
	uint64_t c1e;

	if (f->quirks & 1u << QUIRK_PAE_HIDDEN)
		f->pae = true;
	if (f->quirks & 1u << QUIRK_NO_SEP)
		f->sep = false;
	if (f->quirks & 1u << QUIRK_DEADLINE)
		f->tsc_deadline = false;
	if (!(f->quirks & 1u << QUIRK_C1E))
		return;
	c1e = rdmsr(MSR_AMD_INT_PENDING);
	if (c1e & AMD_C1E_ON_HALT)
		wrmsr(MSR_AMD_INT_PENDING, c1e & ~AMD_C1E_ON_HALT);
	else
		f->quirks &= ~(1u << QUIRK_C1E);
}

static void take_quirks(struct cpu_features *f)
{
	const uint32_t hidden = 1u << QUIRK_APIC_OFF | 1u << QUIRK_NX_OFF;

	f->microcode = read_microcode(f);
	f->quirks = cpu_quirks_find(f);
	turn_on(f->quirks);
	if (f->quirks & hidden) {
		read_basic(f);
		read_extended(f);
	}
	if (!f->apic)
		f->quirks &= ~(1u << QUIRK_APIC_OFF);
	if (!f->nx)
		f->quirks &= ~(1u << QUIRK_NX_OFF);
	work_around(f);
}

const char *cpu_features_read(struct cpu_features *f)
{
	static char missing[64];

	memset(f, 0, sizeof(*f));
	if (!cpu_has_cpuid())
		return "CPUID";
	read_names(f);
	if (f->max_leaf >= 1)
		read_basic(f);
	read_extended(f);
	take_quirks(f);
	snprintf(missing, sizeof(missing), "%s%s%s%s%s%s", f->fpu ? "" : ", FPU",
		 f->tsc ? "" : ", TSC", f->msr ? "" : ", MSR", f->pae ? "" : ", PAE",
		 f->cx8 ? "" : ", CX8", f->apic ? "" : ", APIC");
	return missing[0] ? missing + 2 : NULL;
}

static bool has_sysenter;

void cpu_setup(const struct cpu_features *f)
{
	machine_check_init(f);
	write_cr4(read_cr4() | CR4_DE | (f->mce ? CR4_MCE : 0));
	has_sysenter = f->sep;
	if (f->sep)
		cpu_set_sysenter(0, 0, 0);
}

bool cpu_has_sysenter(void)
{
	return has_sysenter;
}

void cpu_set_sysenter(uint32_t eip, uint32_t esp, uint16_t cs)
{
	wrmsr(MSR_IA32_SYSENTER_CS, cs);
	wrmsr(MSR_IA32_SYSENTER_ESP, esp);
	wrmsr(MSR_IA32_SYSENTER_EIP, eip);
}
